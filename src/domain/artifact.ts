/** Uploaded files: each version of a named file of a workspace, and how specs refer to them. Pure. */
import { pointer } from './configuration.ts'
import type { JarInspection } from './jar.ts'
import type { SessionJobSpec, SessionSpec } from './spec.ts'

/** One version of a file. Never changed: what is uploaded anew under the name is the next version. */
export interface Artifact {
  id: string
  workspace: string
  /** A file name that ends in .jar. */
  name: string
  /** Counts from 1; one that was deleted is never given again. */
  version: number
  sizeBytes: number
  /** Lower-case hex. */
  sha256: string
  /** The media type that it was sent as. */
  contentType?: string
  createdAt: string
  /** What was found in it when it came. */
  inspection?: JarInspection
}

/** For a `RegExp`; also what the contract says. */
export const ARTIFACT_NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,123}\\.jar$'

export interface ArtifactRef {
  name: string
  /** Left out: the newest. */
  version?: number
}

export const artifactUri = ({ name, version }: Pick<Artifact, 'name' | 'version'>): string =>
  `artifact://${name}?version=${version}`

export const isArtifactUri = (uri: string): boolean => /^artifact:/i.test(uri)

/** What `artifact://NAME` or `artifact://NAME?version=N` refers to; undefined for any other text. */
export function parseArtifactUri(uri: string): ArtifactRef | undefined {
  const [, name = '', version] = /^artifact:\/\/([^/?#]+)(?:\?version=([1-9][0-9]{0,8}))?$/i.exec(uri) ?? []
  if (!new RegExp(ARTIFACT_NAME_PATTERN).test(name)) return undefined
  return version === undefined ? { name } : { name, version: Number(version) }
}

type Spec = SessionSpec | SessionJobSpec

/** The spec with another URI in place of each that names a file; `path` is where it stands, as a JSON pointer. */
export function withFiles<S extends Spec>(spec: S, change: (uri: string, path: string) => string): S {
  if (!('job' in spec)) {
    return {
      ...spec,
      jars: spec.jars.map((uri, i) => change(uri, pointer('jars', i))),
      plugins: spec.plugins.map((plugin, p) => ({
        ...plugin,
        jars: plugin.jars.map((uri, i) => change(uri, pointer('plugins', p, 'jars', i))),
      })),
    }
  }
  const { job } = spec
  return job.jarUri === undefined ? spec : { ...spec, job: { ...job, jarUri: change(job.jarUri, '/job/jarUri') } }
}

/** Every URI that names a file, with its place in the spec. */
export function filesOf(spec: Spec): (readonly [uri: string, path: string])[] {
  const found: [string, string][] = []
  withFiles(spec, (uri, path) => {
    found.push([uri, path])
    return uri
  })
  return found
}

/** Why an upload was not taken. */
export type UploadRefusal =
  /** More bytes than this server takes. */
  | 'TOO_LARGE'
  | 'EMPTY'
  /** The caller went away, or sent less than was announced. */
  | 'BROKEN_OFF'
  /** Too few bytes came for too long. */
  | 'STALLED'
  /** Its content has another SHA-256 than was told. */
  | 'CHECKSUM'
  /** It can't be used as a jar. */
  | 'UNUSABLE'
  /** The server stops. */
  | 'STOPPING'

/** An upload that leaves nothing behind. `message` is for callers. */
export class UploadRefused extends Error {
  readonly reason: UploadRefusal

  constructor(reason: UploadRefusal, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'UploadRefused'
    this.reason = reason
  }
}
