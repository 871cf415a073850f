/** The change feed: what happened to which resource, numbered in the order of commits. */
import type { Access, Tx } from './access.ts'
import type { Change, Changes } from './feed.ts'
import type { ChangeTable } from './tables.ts'

type Subject = Pick<ChangeTable, 'kind' | 'id' | 'workspace' | 'parent'>

/** Answers the entry's sequence. */
export async function appendChange(
  tx: Tx,
  { kind, id, workspace, parent }: Subject,
  what: Change['what'],
): Promise<number> {
  const { sequence } = await tx.db
    .insertInto('changes')
    .values({ kind, id, workspace, parent, what })
    .returning('sequence')
    .executeTakeFirstOrThrow()
  tx.changed = true
  return sequence
}

export function changesOf(access: Access, callbacks: Set<() => void>): Changes {
  return {
    async since(sequence, limit) {
      const rows = await access.db
        .selectFrom('changes')
        .selectAll()
        .where('sequence', '>', sequence)
        .orderBy('sequence')
        .limit(limit)
        .execute()
      return rows.map(({ parent, ...row }) => ({ ...row, ...(parent === '' ? {} : { parent }) }))
    },
    async head() {
      const newest = await access.db
        .selectFrom('changes')
        .select('sequence')
        .orderBy('sequence', 'desc')
        .limit(1)
        .executeTakeFirst()
      return newest?.sequence ?? 0
    },
    onChange(callback) {
      // A wrapper of its own for each subscription: the same function may subscribe twice.
      const subscription = () => callback()
      callbacks.add(subscription)
      return () => {
        callbacks.delete(subscription)
      }
    },
  }
}
