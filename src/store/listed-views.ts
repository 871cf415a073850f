/** Views of a collection: those of its resources that a filter lets through, in an order. */
import type { State } from '../domain/status.ts'

/** A resource as lists tell of it. */
export interface Listed {
  sequence: number
  id: string
  name: string
  /** The name as it is searched and sorted by. */
  folded: string
  /** As it is shown: DELETING, once that is asked for. */
  state: State
  createdAt: string
  updatedAt: string
  /** As its row has it. */
  observedAt: string | null
  labels: Readonly<Record<string, string>> | undefined
  /** Its row was read, and nothing in it was damaged. */
  isReadable?: boolean
}

export const SORTS = ['name', '-name', 'createdAt', '-createdAt', 'updatedAt', '-updatedAt', 'state', '-state'] as const
export type Sort = (typeof SORTS)[number]

export interface ViewOf {
  sort: Sort
  /** As it is kept: trimmed, NFC. */
  name?: string
  state?: State
  /** `key` or `key=value`. */
  label?: string
  /** A part of the name, whatever its case. */
  q?: string
}

export interface View {
  readonly items: readonly Listed[]
  replace(before: Listed | undefined, after: Listed | undefined): void
}

export const viewKey = ({ sort, name, state, label, q }: ViewOf): string =>
  JSON.stringify([sort, name, state, label, q])

/** A position in an order: what is sorted by, and the sequence among those that are alike in it. */
export type Position = Pick<Listed, 'sequence'> & { value: string }

export function createView(of: ViewOf, from: Iterable<Listed>): View {
  const matches = matcherOf(of)
  const isBefore = orderOf(of.sort)
  const items = [...from].filter(matches)
  items.sort((a, b) => (isBefore(positionOf(of.sort, a), positionOf(of.sort, b)) ? -1 : 1))
  const indexOf = (listed: Listed) => firstAfter(items, of.sort, positionOf(of.sort, listed))
  return {
    items,
    replace(before, after) {
      if (before && matches(before)) items.splice(indexOf(before) - 1, 1)
      if (after && matches(after)) items.splice(indexOf(after), 0, after)
    },
  }
}

function matcherOf({ name, state, label, q }: ViewOf): (listed: Listed) => boolean {
  const folded = q?.normalize('NFC').toLowerCase()
  const [, key = '', value] = label === undefined ? [] : (/^([^=]*)(?:=(.*))?$/su.exec(label) ?? [])
  return (listed) => {
    if (name !== undefined && listed.name !== name) return false
    if (state !== undefined && listed.state !== state) return false
    if (folded !== undefined && !listed.folded.includes(folded)) return false
    if (label === undefined) return true
    if (!listed.labels || !Object.hasOwn(listed.labels, key)) return false
    return value === undefined || listed.labels[key] === value
  }
}

export function positionOf(sort: Sort, { sequence, folded, updatedAt, state }: Listed): Position {
  if (sort.endsWith('name')) return { value: folded, sequence }
  if (sort.endsWith('updatedAt')) return { value: updatedAt, sequence }
  // The order in which they were created is that of their sequences.
  return { value: sort.endsWith('state') ? state : '', sequence }
}

function orderOf(sort: Sort): (a: Position, b: Position) => boolean {
  const isUp = (a: Position, b: Position) => (a.value === b.value ? a.sequence < b.sequence : a.value < b.value)
  return sort.startsWith('-') ? (a, b) => isUp(b, a) : isUp
}

/** How many items of a view are at that position or before it. */
export function firstAfter(items: readonly Listed[], sort: Sort, position: Position): number {
  const isBefore = orderOf(sort)
  let [from, to] = [0, items.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (isBefore(position, positionOf(sort, items[middle]!))) to = middle
    else from = middle + 1
  }
  return from
}
