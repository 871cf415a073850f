/**
 * Rows whose JSON can't be read any more: a disk's mistake, or somebody's hand. One must not take the others with it.
 *
 * What a caller asked for (the spec of a resource, the address of a cluster) nobody can guess: such a row is left out
 * of lists, which say so, and reading it is an UnreadableRecord. What was only observed or intended is read as if it
 * had not been, and is observed or intended anew. docs/decisions/unreadable-records.md has the table.
 */

/** What was found, in words for people and programs; nothing of the row's content, which may be a secret. */
export interface UnreadableNote {
  /** `session`, `job`, `cluster`, `generation`, ... */
  kind: string
  id: string
  /** The column that holds no JSON, or JSON of another shape. */
  column: string
}

export interface UnreadableRecords {
  /** All that reading has come across since the store was opened, each once. */
  list(): UnreadableNote[]
  /** `found` is called once for each, also for those that were found before. */
  onFound(found: (note: UnreadableNote) => void): void
}

/** What the groups of the store tell. */
export interface UnreadableNotes extends UnreadableRecords {
  note(note: UnreadableNote): void
  /** It is gone, or could be read after all. */
  forget(kind: string, id: string): void
}

export class UnreadableRecord extends Error {
  readonly kind: string
  readonly id: string
  readonly column: string
  /** What can still be told of it, with nothing in place of what can't: enough to show it and to tear it down. */
  readonly remains: { id: string; name: string }

  constructor({ kind, id, column }: UnreadableNote, remains: UnreadableRecord['remains']) {
    super(`The record of the ${kind} ${id} in the store can't be read: its ${column} is damaged.`)
    this.name = 'UnreadableRecord'
    this.kind = kind
    this.id = id
    this.column = column
    this.remains = remains
  }
}

export function createNotes(): UnreadableNotes {
  const notes = new Map<string, UnreadableNote>()
  const listeners = new Set<(note: UnreadableNote) => void>()
  return {
    list: () => [...notes.values()],
    onFound(found) {
      listeners.add(found)
      for (const note of notes.values()) found(note)
    },
    note({ kind, id, column }) {
      const note = { kind, id, column }
      const key = `${note.kind} ${note.id} ${note.column}`
      if (notes.has(key)) return
      notes.set(key, note)
      for (const found of listeners) found(note)
    },
    forget(kind, id) {
      for (const [key, note] of notes) if (note.kind === kind && note.id === id) notes.delete(key)
    },
  }
}

/** The JSON in a column, or undefined where it is none, or has another shape. */
export function readJson<T>(text: string, hasShape: (value: unknown) => boolean): T | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return hasShape(value) ? (value as T) : undefined
  } catch {
    return undefined
  }
}
