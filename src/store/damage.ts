/** Reading the rows of resources, with what is damaged of them written down. */
import type { Kind } from '../domain/kinds.ts'
import type { ResourceOf } from '../domain/resource.ts'
import type { Access } from './access.ts'
import { readable, readRow } from './rows.ts'
import type { ResourceRow } from './tables.ts'
import type { UnreadableNotes } from './unreadable.ts'

/** Throws UnreadableRecord. */
export function noted<K extends Kind>({ unreadable, times }: Access, row: ResourceRow): ResourceOf[K] {
  const read = readRow<K>(row, times)
  note(unreadable, row, read.damaged)
  return readable(read)
}

/** What can be told of it. */
export function remains<K extends Kind>({ unreadable, times }: Access, row: ResourceRow): ResourceOf[K] {
  const { resource, damaged } = readRow<K>(row, times)
  note(unreadable, row, damaged)
  return resource
}

function note(unreadable: UnreadableNotes, { kind, id }: ResourceRow, damaged: readonly string[]): void {
  if (damaged.length === 0) unreadable.forget(kind, id)
  for (const column of damaged) unreadable.note({ kind, id, column })
}
