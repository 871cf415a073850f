import { describe, expect, test } from 'vitest'
import { NOW } from '../../../tests/support/arbitraries.ts'
import type { FlinkRestarts } from '../cluster.ts'
import { restartEvents } from './restart-events.ts'

const SECOND = 1_000
const HOUR = 3_600_000

const NONE: FlinkRestarts = {
  count: 0,
  incarnation: 'life-1',
  before: 0,
  sign: '',
  at: 0,
  cause: '',
  reported: 0,
  reportedAt: 0,
  inRow: 0,
}

/** What the timeline of a job says that fails after each of these waits, and is looked at whenever it does. */
function timeline(waits: readonly number[]): { messages: string[]; keys: (string | undefined)[] } {
  let restarts = NONE
  let now = NOW
  const events = waits.flatMap((wait) => {
    now += wait
    const lastBefore = restarts.at
    const failure = { at: now, cause: 'boom', where: 'in Map (1/1) on TaskManager 2' }
    restarts = { ...restarts, ...failure, count: restarts.count + 1 }
    const { events: due, ...reported } = restartEvents(restarts, {
      fresh: [failure],
      earlier: 0,
      attempt: 1,
      atOnce: false,
      lastBefore,
      now,
    })
    restarts = { ...restarts, ...reported }
    return due
  })
  return { messages: events.map(({ message }) => message), keys: events.map(({ key }) => key) }
}

describe('the timeline of a job that Flink restarts', () => {
  test('every two seconds for a day fills a page, and no event is doubled', () => {
    const { messages, keys } = timeline(Array.from({ length: 43_200 }, () => 2 * SECOND))
    expect(messages.length).toBeGreaterThan(24)
    expect(messages.length).toBeLessThanOrEqual(36)
    expect(new Set(keys).size).toBe(messages.length)
    expect(messages[5]).toMatch(
      /again and again: 30 more restarts since .*, the latest \(restart 35\) at .*: boom \(in Map/,
    )
  })

  test('less than once an hour has an event for each', () => {
    expect(timeline(Array.from({ length: 100 }, () => 1.1 * HOUR)).messages).toHaveLength(100)
  })

  test('has an event for each of the first, with root cause, task and TaskManager', () => {
    expect(timeline([0, 2 * SECOND]).messages).toEqual([
      'Flink restarts the job (restart 1): boom (in Map (1/1) on TaskManager 2)',
      'Flink restarts the job (restart 2): boom (in Map (1/1) on TaskManager 2)',
    ])
  })

  test('keeps none back once the job is well again or has ended', () => {
    const restarts = {
      ...NONE,
      count: 9,
      reported: 6,
      reportedAt: NOW - SECOND,
      inRow: 6,
      at: NOW - SECOND,
      cause: 'boom',
    }
    const occasion = { fresh: [], earlier: 2, attempt: 1, lastBefore: NOW - SECOND, now: NOW }
    expect(restartEvents(restarts, { ...occasion, atOnce: false }).events).toEqual([])
    expect(restartEvents(restarts, { ...occasion, atOnce: true })).toMatchObject({
      reported: 9,
      events: [{ key: 'attempt:1:restart:9', message: expect.stringMatching(/3 more restarts .*\(restart 11\) at/) }],
    })
  })

  test('says so when a restart is told late, and cuts what the exception has to say', () => {
    const failure = { at: NOW - HOUR, cause: 'x'.repeat(5_000) }
    const restarts = { ...NONE, ...failure, count: 1 }
    const occasion = { fresh: [failure], earlier: 0, attempt: 1, lastBefore: 0, now: NOW }
    const [event] = restartEvents(restarts, { ...occasion, atOnce: false }).events
    expect(event?.message).toMatch(/^Flink restarts the job \(restart 1\) at \d{4}-\S+Z: x{400}\.\.\.$/)
  })
})
