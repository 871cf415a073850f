/** Markers of lists: the position of the last item in the order of creation, with what kind of list it is from. */

import { UnreadableRecord } from './unreadable.ts'

/** A page of a list. `marker` is opaque to callers; absent on the last page. */
export interface Page<T> {
  items: T[]
  /** What belongs here and can't be read: see unreadable.ts. Absent where there is none. */
  unreadable?: { id: string; name: string; message: string }[]
  marker?: string
}

export interface PageQuery {
  limit: number
  marker?: string
}

/** The caller's `marker` is none of ours. */
export class BadMarker extends Error {}

const encode = (list: string, sequence: number): string => Buffer.from(`${list}:${sequence}`).toString('base64url')

/** The sequence to go on after; 0 for the first page. @throws BadMarker */
export function decodeMarker(list: string, marker: string | undefined): number {
  if (marker === undefined) return 0
  const [, kind, digits] =
    /^([a-zA-Z-]+):([0-9]{1,15})$/.exec(Buffer.from(marker, 'base64url').toString('latin1')) ?? []
  const sequence = Number(digits)
  if (kind !== list || encode(list, sequence) !== marker) {
    throw new BadMarker(NOT_OURS)
  }
  return sequence
}

interface Position {
  /** What the list is sorted by, where that is not the order of creation. */
  value: string
  sequence: number
}

/** Of a list with an order of its own: the position of the last item. */
export const encodePosition = (list: string, { value, sequence }: Position): string =>
  value === '' ? encode(list, sequence) : Buffer.from(`${list}:${sequence}:${value}`).toString('base64url')

/** @throws BadMarker */
export function decodePosition(list: string, marker: string): Position {
  const [, kind, digits, value = ''] =
    /^([a-zA-Z.-]+):([0-9]{1,15})(?::([^]*))?$/.exec(Buffer.from(marker, 'base64url').toString()) ?? []
  const position = { value, sequence: Number(digits) }
  if (kind !== list || encodePosition(list, position) !== marker) throw new BadMarker(NOT_OURS)
  return position
}

const NOT_OURS =
  'The marker is not one that this list gave out: take it unchanged from the last answer, or leave it out.'

/** An answer may hold so much of what callers and files decide the size of; one item always fits. */
export const PAGE_BYTES = 1024 ** 2

/** How many items a page has whose next ones are of those sizes. */
export function itemsWithin(sizes: readonly number[], limit: number, bytes: number = PAGE_BYTES): number {
  let [sum, count] = [0, 0]
  for (const size of sizes.slice(0, limit)) {
    sum += size
    if (count > 0 && sum > bytes) break
    count += 1
  }
  return Math.max(1, count)
}

/**
 * Makes a page of rows that were asked for with one more than the limit, so that the last page is known as such. Rows
 * of which `itemOf` throws UnreadableRecord are told apart.
 */
export function pageOf<Row, Item>(
  list: string,
  rows: Row[],
  query: PageQuery,
  sequenceOf: (row: Row) => number,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, query.limit)
  const last = shown.at(-1)
  const page: Page<Item> = { items: [] }
  for (const row of shown) {
    try {
      page.items.push(itemOf(row))
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error
      const { message, remains } = error
      page.unreadable = [...(page.unreadable ?? []), { id: remains.id, name: remains.name, message }]
    }
  }
  return rows.length > query.limit && last ? { ...page, marker: encode(list, sequenceOf(last)) } : page
}
