/**
 * What the init container of a Flink pod fetches and where to, as lines for the program in `helpers/`. A URI may hold
 * credentials, and Flink's configuration does: keep the text where secrets are kept.
 */
import { plainRanges } from '../../artifacts/addresses.ts'
import type { FileLocation } from '../../artifacts/artifacts.ts'
import { isFlinkUri } from '../../artifacts/uri.ts'
import type { EffectiveClusterSpec } from '../../domain/cluster.ts'
import { fileName } from '../../domain/file-name.ts'
import { ofFileSystems } from '../flink-files/configuration.ts'
import { writeLine } from '../flink-files/lines.ts'

export interface FilePlanOptions {
  /** Ranges (CIDR) of private and other special addresses that http(s) URIs may lead to all the same. */
  allowAddresses: string[]
  /** The largest file that is fetched. Files of the image may be larger. */
  maxBytes: number
}

/** Where each file is found whose own URI does not say it. */
export type Locations = ReadonlyMap<string, FileLocation>

/** How often one file is tried, with growing waits, before the container ends: about 15 s of waits in all. */
const ATTEMPTS = 5

type Files = Pick<EffectiveClusterSpec, 'jars' | 'plugins' | 'flinkConfiguration'>

/** Targets are `plugins/NAME/FILE` and `extra/FILE`, plugins first. Undefined when nothing is to be fetched. */
export function filePlan(
  { jars, plugins, flinkConfiguration }: Files,
  located: Locations,
  options: FilePlanOptions,
): string | undefined {
  const files = [
    ...plugins.flatMap((plugin) => plugin.jars.map((uri) => [`plugins/${plugin.name}`, uri] as const)),
    ...jars.map((uri) => ['extra', uri] as const),
  ]
  if (files.length === 0) return undefined
  const throughFlink = files.some(([, uri]) => isFlinkUri(uri))
  return [
    `!max-bytes ${options.maxBytes}\n`,
    `!attempts ${ATTEMPTS}\n`,
    ...plainRanges(options.allowAddresses).map((range) => `!allow ${range}\n`),
    ...(throughFlink
      ? Object.entries(ofFileSystems(flinkConfiguration)).map(([key, value]) => writeLine(['!flink', key, value]))
      : []),
    ...files.map(([folder, uri]) =>
      writeLine([`${folder}/${inOneLine(fileName(uri))}`, ...whereItIs(located.get(uri) ?? { url: uri })]),
    ),
  ].join('')
}

const ALGORITHMS = { sha1: 'SHA-1', sha256: 'SHA-256', sha512: 'SHA-512' } as const

function whereItIs({ url, sum, trusted }: FileLocation): string[] {
  const expected = sum === undefined ? '' : `${ALGORITHMS[sum.algorithm]}:${sum.hex}`
  return [inOneLine(url), ...(sum === undefined ? [] : [expected]), ...(trusted ? ['trusted'] : [])]
}

/** No part of a URI may pass for a line of its own. */
const inOneLine = (text: string): string => text.replaceAll(/\p{Cc}/gu, encodeURIComponent)
