import { describe, expect, test } from 'vitest'
import { manualClock } from '../../tests/support/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Change, Changes } from '../store/store.ts'
import { createEngine, type EngineOptions } from './engine.ts'

/** A feed in memory, with the store's promises: numbered entries, a call after each commit. */
function memoryFeed() {
  const entries: Change[] = []
  const callbacks = new Set<() => void>()
  const changes: Changes = {
    since: async (sequence, limit) => entries.filter((entry) => entry.sequence > sequence).slice(0, limit),
    head: async () => entries.at(-1)?.sequence ?? 0,
    onChange(callback) {
      callbacks.add(callback)
      return () => callbacks.delete(callback)
    },
  }
  const write = (change: Omit<Change, 'sequence' | 'workspace'>): void => {
    entries.push({ ...change, sequence: (entries.at(-1)?.sequence ?? 0) + 1, workspace: 'W' })
    for (const callback of callbacks) callback()
  }
  return { changes, write, listeners: () => callbacks.size }
}

type Cycle = (id: string) => Promise<{ again: number } | undefined>

function started(session: Cycle, more: Partial<EngineOptions> = {}) {
  const clock = manualClock()
  const feed = memoryFeed()
  const errors: { resource: string; failures: number; at: number }[] = []
  const runs: { id: string; at: number }[] = []
  const begin = clock.now()
  const engine = createEngine({
    clock,
    changes: feed.changes,
    cycles: {
      session: (id) => {
        runs.push({ id, at: clock.now() - begin })
        return session(id)
      },
    },
    all: nothing,
    concerned: () => [],
    storeProblem: async () => undefined,
    random: () => 0.5,
    onError: (resource, _, failures) => errors.push({ resource, failures, at: clock.now() - begin }),
    ...more,
  })
  return { engine, clock, feed, errors, runs }
}

async function* nothing(): ReturnType<EngineOptions['all']> {}

const idle: Cycle = async () => ({ again: Infinity })

describe('the engine', () => {
  test('everything there is gets a cycle at the start, and again with every resync', async () => {
    const { engine, clock, runs } = started(idle, {
      all: async function* () {
        yield [{ kind: 'session', id: 'A' }]
        yield [{ kind: 'session', id: 'B' }]
      },
      resyncMs: 30_000,
    })
    await engine.start()
    await clock.advance(60_000)
    expect(runs).toEqual(
      [0, 30_000, 60_000].flatMap((at) => [
        { id: 'A', at },
        { id: 'B', at },
      ]),
    )
    expect(engine.stats()).toMatchObject({ resyncs: 3, cycles: 6, errors: 0, queued: 0 })
  })

  test('a change wakes its resource and those it concerns; an observation wakes only the others', async () => {
    const { engine, clock, feed, runs } = started(idle, {
      concerned: (change) => [{ kind: 'session', id: `of ${change.id}` }],
    })
    await engine.start()
    feed.write({ kind: 'session', id: 'A', what: 'UPDATED' })
    await clock.advance(0)
    feed.write({ kind: 'session', id: 'B', what: 'OBSERVED' })
    await clock.advance(0)
    expect(runs.map(({ id }) => id)).toEqual(['A', 'of A', 'of B'])
  })

  test('changes from before the start are left to the resync, those after it are all read', async () => {
    const { engine, clock, feed, runs } = started(idle)
    feed.write({ kind: 'session', id: 'old', what: 'CREATED' })
    await engine.start()
    for (let n = 0; n < 1_200; n += 1) feed.write({ kind: 'session', id: `S${n}`, what: 'CREATED' })
    await clock.advance(0)
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1_200)
    expect(runs.some(({ id }) => id === 'old')).toBe(false)
  })

  test('a cycle that asks for a delay comes again after it, and not before', async () => {
    const { engine, clock, runs } = started(async () => ({ again: 700 }))
    await engine.start()
    engine.wake('session', 'A')
    await clock.advance(2_000)
    expect(runs.map(({ at }) => at)).toEqual([0, 700, 1_400])
  })

  test('a cycle that throws is tried again with a growing, bounded delay, and a success forgets that', async () => {
    let healthy = false
    const { engine, clock, errors, runs } = started(async () => {
      if (!healthy) throw new Error('no')
      return { again: Infinity }
    })
    await engine.start()
    engine.wake('session', 'A')
    await clock.advance(10 * 60_000)
    const gaps = errors.map(({ at }, n) => at - (errors[n - 1]?.at ?? 0)).slice(1)
    expect(gaps.slice(0, 3)).toEqual([200, 400, 800])
    expect(gaps.every((gap, n) => gap >= (gaps[n - 1] ?? 0) && gap <= 30_000)).toBe(true)
    expect(gaps.at(-1)).toBe(30_000)
    expect(errors.map(({ failures }) => failures)).toEqual(errors.map((_, n) => n + 1))
    healthy = true
    await clock.advance(30_000)
    const count = runs.length
    healthy = false
    engine.wake('session', 'A')
    await clock.advance(200)
    expect(runs.length - count).toBe(2)
    expect(errors.at(-2)?.failures).toBe(1)
  })

  test('whoever wants to be left alone for a while is, however few failures there were', async () => {
    const { engine, clock, runs } = started(async () => {
      throw new Failure('RUNTIME_UNREACHABLE', 'too many requests', { retryAfterMs: 7_000 })
    })
    await engine.start()
    engine.wake('session', 'A')
    await clock.advance(6_999)
    expect(runs).toHaveLength(1)
    await clock.advance(1)
    expect(runs).toHaveLength(2)
  })

  test('a resource that fails does not hold up another one', async () => {
    const { engine, clock, runs } = started(async (id) => {
      if (id === 'bad') throw new Error('no')
      return { again: 1_000 }
    })
    await engine.start()
    engine.wake('session', 'bad')
    engine.wake('session', 'good')
    await clock.advance(10_000)
    expect(runs.filter(({ id }) => id === 'good')).toHaveLength(11)
  })

  test('one resource never has two cycles at a time; several resources do', async () => {
    const open: string[] = []
    const observed = { same: 0, most: 0 }
    const clock = manualClock()
    const { engine } = started(
      async (id) => {
        observed.same = Math.max(observed.same, open.filter((other) => other === id).length)
        open.push(id)
        observed.most = Math.max(observed.most, open.length)
        await new Promise<void>((resolve) => clock.after(100, resolve))
        open.splice(open.indexOf(id), 1)
        return { again: 10 }
      },
      { clock, workers: 4 },
    )
    await engine.start()
    for (let n = 0; n < 20; n += 1) {
      for (const id of ['A', 'B', 'C', 'D', 'E', 'F']) engine.wake('session', id)
      await clock.advance(37)
    }
    expect(observed).toEqual({ same: 0, most: 4 })
  })

  test('stopping waits for the cycle under way, starts no other and leaves no timer behind', async () => {
    const clock = manualClock()
    let release = (): void => {}
    let through = false
    const { engine, runs, feed } = started(
      async () => {
        await new Promise<void>((resolve) => {
          release = resolve
        })
        through = true
        return { again: 10 }
      },
      { clock, workers: 1 },
    )
    await engine.start()
    engine.wake('session', 'A')
    engine.wake('session', 'B')
    await clock.advance(0)
    const stopped = engine.stop().then(() => through)
    release()
    expect(await stopped).toBe(true)
    engine.wake('session', 'C')
    await clock.advance(60_000)
    expect(runs.map(({ id }) => id)).toEqual(['A'])
    expect({ timers: clock.pending(), listeners: feed.listeners() }).toEqual({ timers: 0, listeners: 0 })
  })

  test('a store that can not be read costs neither the resync nor the feed', async () => {
    let broken = true
    const { engine, clock, feed, errors, runs } = started(idle, {
      all: async function* () {
        if (broken) throw new Error('database is locked')
        yield [{ kind: 'session', id: 'A' }]
      },
      concerned: () => {
        if (broken) throw new Error('database is locked')
        return []
      },
      resyncMs: 1_000,
    })
    await engine.start()
    feed.write({ kind: 'session', id: 'B', what: 'UPDATED' })
    await clock.advance(0)
    broken = false
    feed.write({ kind: 'session', id: 'C', what: 'UPDATED' })
    await clock.advance(1_000)
    expect(errors.map(({ resource }) => resource)).toEqual(['resync', 'change feed'])
    expect(runs.map(({ id }) => id)).toEqual(expect.arrayContaining(['A', 'B', 'C']))
  })
})
