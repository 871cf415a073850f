/** URIs of files, as people may see them: credentials stand in user info and query strings, and never get out. */
import { parseArtifactUri } from '../domain/artifact.ts'
import { Failure } from '../domain/failure.ts'
import { fileName, fileUriProblem } from '../domain/file-name.ts'

/**
 * The URI with user info and all query values masked: which parameter is a secret can't be known from here. The version
 * of an upload is none.
 */
export function maskUri(uri: string): string {
  if (parseArtifactUri(uri)) return uri
  return withoutFragment(uri)
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?]*@/i, '$1***@')
    .replace(/\?.*$/s, (query) => query.replaceAll(/=[^&]*/g, '=***'))
}

export const isWebUri = (uri: string): boolean => /^https?:\/\//i.test(uri)

export const isFileUri = (uri: string): boolean => /^file:/i.test(uri)

/**
 * Only Flink's own file systems, with the session's plugins and configuration, know what is behind it: s3, gs, abfs,
 * hdfs, oss and the like.
 */
export const isFlinkUri = (uri: string): boolean =>
  /^(?!(https?|file|local|maven|artifact):)[a-z][a-z0-9+.-]*:\/\//i.test(uri)

/** The name that the file gets here. Throws Failure where its URI's path does not end in one. */
export function fileNameOf(uri: string): string {
  const name = fileName(uri)
  const problem = fileUriProblem(uri)
  if (problem !== undefined) throw unavailable(uri, problem)
  return name
}

/**
 * The SHA-256 that the file must have, where the URI ends in `#sha256=HEX`; lower case. Other fragments say nothing
 * about files. Throws Failure where it is no SHA-256.
 */
export function expectedSha256(uri: string): string | undefined {
  const [, sum] = /#sha256=(.*)$/is.exec(uri) ?? []
  if (sum === undefined) return undefined
  if (!/^[0-9a-f]{64}$/i.test(sum))
    throw unavailable(uri, `what follows #sha256= must be 64 hexadecimal digits, not "${sum.slice(0, 80)}"`)
  return sum.toLowerCase()
}

export const withoutFragment = (uri: string): string => uri.replace(/#.*$/s, '')

export function parseUri(uri: string): URL {
  if (!URL.canParse(uri)) throw unavailable(uri, 'it is not a URI')
  return new URL(uri)
}

/** A FILE_UNAVAILABLE about this URI; `why` is the rest of the sentence. */
export function unavailable(uri: string, why: string, options: { cause?: unknown; retryable?: boolean } = {}): Failure {
  return new Failure('FILE_UNAVAILABLE', `${maskUri(uri)} can't be fetched: ${why}`, options)
}
