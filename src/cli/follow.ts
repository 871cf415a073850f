/**
 * What is new in logs that are asked for again and again, each time as the last lines of every process. A process of
 * another launch is another one, so a cluster that is replaced goes on being followed.
 */
import type { ProcessLog } from '../api/client/generated/types.gen.ts'

export interface NewLines {
  log: ProcessLog
  /** Its first lines ever. */
  isNew: boolean
  /** More was written meanwhile than could be asked for. */
  gap: boolean
  lines: string[]
}

export interface Follower {
  /** What `logs` has that was not there before, the oldest launch first. */
  next(logs: readonly ProcessLog[]): NewLines[]
}

export function createFollower(): Follower {
  const known = new Map<string, string[]>()
  return {
    next: (logs) =>
      logs.toReversed().flatMap((log) => {
        const key = [log.process, log.generation, log.startedAt].join('/')
        const before = known.get(key)
        if (log.lines.length > 0) known.set(key, log.lines)
        const { lines, gap } = before ? addedTo(before, log.lines) : { lines: log.lines, gap: false }
        return lines.length === 0 ? [] : [{ log, isNew: before === undefined, gap, lines }]
      }),
  }
}

/** Parts of what one process writes: its log, and what it has written beside that. */
const TITLE = /^--- standard (?:output|error) ---$/

function addedTo(before: readonly string[], after: readonly string[]): { lines: string[]; gap: boolean } {
  const earlier = parts(before)
  let gap = false
  const lines: string[] = []
  for (const [title, now] of parts(after)) {
    const then = earlier.get(title) ?? []
    const same = overlap(then, now)
    gap ||= same === 0 && then.length > 0 && now.length > 0
    if (same < now.length) lines.push(...(title === '' ? [] : [title]), ...now.slice(same))
  }
  return { lines, gap }
}

function parts(lines: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>([['', []]])
  let title = ''
  for (const line of lines) {
    if (TITLE.test(line)) found.set((title = line), [])
    else found.get(title)?.push(line)
  }
  return found
}

/** How many of the first lines of `now` are the last ones of `then`. */
function overlap(then: readonly string[], now: readonly string[]): number {
  for (let size = Math.min(then.length, now.length); size > 0; size -= 1) {
    const start = then.length - size
    if (now[0] === then[start] && now.slice(0, size).every((line, index) => line === then[start + index])) return size
  }
  return 0
}
