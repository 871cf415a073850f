/** Uploaded files as the store knows them. */
import type { Artifact, ArtifactRef } from '../domain/artifact.ts'
import type { Kind } from '../domain/kinds.ts'
import type { IdempotencyClaim } from './idempotency.ts'
import type { Page, PageQuery } from './marker.ts'

export type NewArtifact = Omit<Artifact, 'id' | 'version' | 'createdAt'>

export type ArtifactAdded =
  /** SAME_CONTENT: the newest version of that name, which has the same content. */
  | { outcome: 'CREATED' | 'REPEATED' | 'SAME_CONTENT'; artifact: Artifact }
  | { outcome: 'KEY_REUSED' }
  | { outcome: 'GONE' } // repeated key whose version was deleted since
  | { outcome: 'WORKSPACE_MISSING' }
  | { outcome: 'WORKSPACE_DELETING' }

export type ArtifactRemoved =
  | { outcome: 'REMOVED' | 'MISSING' }
  /** Until they are gone altogether, also while they are being deleted. */
  | { outcome: 'IN_USE'; by: { kind: Kind; id: string; name: string }[] }

/** A file that a spec names and that was not uploaded, or not in that version. */
export interface MissingArtifact extends ArtifactRef {
  /** Where it stands in the spec, as a JSON pointer. */
  path: string
  /** Versions that there are of that name, the newest first; at most ten. */
  versions: number[]
  /** Names that there are in the workspace, where there is none of that name. */
  names: string[]
}

export interface Artifacts {
  /** The next version of that name, unless the newest has the same content. */
  add(artifact: NewArtifact, claim?: IdempotencyClaim): Promise<ArtifactAdded>
  get(id: string): Promise<Artifact | undefined>
  /** That version, or the newest. */
  find(workspace: string, ref: ArtifactRef): Promise<Artifact | undefined>
  /** In the order in which they came. Throws BadMarker. */
  list(filter: { workspace: string; name?: string }, page: PageQuery): Promise<Page<Artifact>>
  /** At once, unless a resource uses it. */
  remove(id: string): Promise<ArtifactRemoved>
  /** Whether any version, of any workspace, has that content. */
  holds(sha256: string): Promise<boolean>
}
