/** What the store has to know of each kind beyond `KINDS` of the domain, and what follows from their parents. */
import type { Kind } from '../domain/kinds.ts'
import { ALL_KINDS, KINDS } from '../domain/kinds.ts'

interface KindColumns {
  /** What a deletion takes along, in words for its event; null where nothing is ever in such a resource. */
  contents: string | null
}

export const STORED_KINDS = {
  session: { contents: 'its jobs' },
  job: { contents: null },
  application: { contents: null },
} as const satisfies Record<Kind, KindColumns>

/** The kind of the resources that this kind is made in; undefined where that is the workspace. */
export const parentKind = (kind: Kind): Kind | undefined => ALL_KINDS.find((other) => other === KINDS[kind].parent)
