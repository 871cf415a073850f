/**
 * What Weir reads out of a repository's `maven-metadata.xml`: two flat lists that repository managers write, without
 * attributes or mixed content, which need no tree. A name found in a comment would only be a
 * version that isn't there.
 */
import { distance } from 'fastest-levenshtein'
import type { Coordinates } from '../domain/maven.ts'
import { inside } from './inspect/maven.ts'

const SAFE = /^[A-Za-z0-9._+-]+$/

const text = (xml: string, tag: string): string | undefined =>
  inside(xml, tag)
    .find((each) => !each.includes('<'))
    ?.trim()

/** All versions that the metadata of an artifact lists. */
export function versionsIn(xml: string): string[] {
  const [list = ''] = inside(xml, 'versions')
  return inside(list, 'version')
    .map((version) => version.trim())
    .filter((version) => SAFE.test(version))
}

/**
 * The newest build of a snapshot's jar, `1.0-20240102.030405-7`; the version itself where the repository keeps one file
 * under that name; undefined where it has no such jar.
 */
export function newestBuild(xml: string, { version, classifier }: Coordinates): string | undefined {
  const builds = inside(xml, 'snapshotVersion')
  const [timestamp, number] = [text(xml, 'timestamp'), text(xml, 'buildNumber')]
  const newest =
    builds.length === 0
      ? timestamp && number
        ? `${version.replace(/SNAPSHOT$/, '')}${timestamp}-${number}`
        : version
      : builds
          .filter(
            (build) => text(build, 'extension') === 'jar' && (text(build, 'classifier') || undefined) === classifier,
          )
          .sort((a, b) => (text(b, 'updated') ?? '').localeCompare(text(a, 'updated') ?? '', 'en'))
          .map((build) => text(build, 'value') ?? '')[0]
  return newest !== undefined && SAFE.test(newest) ? newest : undefined
}

/** The few of these that somebody may have meant. */
export const nearestVersions = (wanted: string, versions: readonly string[]): string[] =>
  [...new Set(versions)].sort((a, b) => distance(wanted, a) - distance(wanted, b)).slice(0, 5)
