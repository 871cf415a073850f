/**
 * Times of a thousand resources as one short text: the newest of them, then for each resource, by ascending sequence,
 * how far its sequence is from the one before and how many seconds its time is before the newest. Both are numbers of
 * 7 bits a byte. Where resources were observed a minute ago at most that is two bytes for each: a row in a page of
 * SQLite.
 */

/** `ms` since the epoch. */
export interface ObservedAt {
  sequence: number
  ms: number
}

/** Times come back rounded down to a second before the newest: never more recent than they were. */
export function packTimes(times: readonly ObservedAt[]): string {
  const newest = times.reduce((most, { ms }) => Math.max(most, ms), 0)
  const bytes: number[] = []
  let before = 0
  for (const { sequence, ms } of times.toSorted((a, b) => a.sequence - b.sequence)) {
    appendNumber(bytes, sequence - before)
    appendNumber(bytes, Math.ceil((newest - ms) / 1000))
    before = sequence
  }
  return `${newest}:${Buffer.from(bytes).toString('base64')}`
}

/** A text that is none of packTimes' tells of nothing. */
export function unpackTimes(text: string): ObservedAt[] {
  const [, newest, packed = ''] = /^([0-9]{1,15}):([A-Za-z0-9+/=]*)$/.exec(text) ?? []
  const numbers = numbersOf(Buffer.from(packed, 'base64'))
  const times: ObservedAt[] = []
  for (let i = 0, sequence = 0; i + 1 < numbers.length; i += 2) {
    sequence += numbers[i]!
    times.push({ sequence, ms: Number(newest) - 1000 * numbers[i + 1]! })
  }
  return times.filter(({ ms }) => ms > 0 && ms <= LATEST)
}

/** The last millisecond whose year has four digits. */
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

function appendNumber(bytes: number[], number: number): void {
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return void bytes.push(rest)
    bytes.push(128 + (rest % 128))
  }
}

function numbersOf(bytes: Buffer): number[] {
  const numbers: number[] = []
  let [number, factor] = [0, 1]
  for (const byte of bytes) {
    number += (byte % 128) * factor
    factor *= 128
    if (byte >= 128) continue
    numbers.push(number)
    number = 0
    factor = 1
  }
  return numbers
}
