import { describe, expect, test } from 'vitest'
import { manualClock } from '../../tests/support/clock.ts'
import { Failure } from '../domain/failure.ts'
import { StoreError } from '../store/errors.ts'
import type { Changes } from '../store/store.ts'
import { createEngine } from './engine.ts'

const AWAY = new StoreError('UNAVAILABLE', 'the database does not answer')

/** An engine whose one kind of cycle does what the test says, with everything woken often. */
function engineOn(cycle: (id: string) => Promise<{ again: number }>) {
  const clock = manualClock()
  const at = { asked: 0, problem: undefined as string | undefined, trouble: [] as unknown[], cycles: 0 }
  const changes: Changes = { since: async () => [], head: async () => 0, onChange: () => () => {} }
  const engine = createEngine({
    clock,
    changes,
    random: () => 0.5,
    cycles: {
      session: (id) => {
        at.cycles += 1
        return cycle(id)
      },
    },
    all: async function* () {
      yield ['A', 'B', 'C'].map((id) => ({ kind: 'session' as const, id }))
    },
    concerned: () => [],
    onError: () => {},
    onTrouble: (error) => at.trouble.push(error),
    storeProblem: async () => {
      at.asked += 1
      return at.problem
    },
  })
  return { engine, clock, at }
}

describe('while the store is away', () => {
  test('nothing is worked on, however often it is woken, and it is asked for ever more rarely', async () => {
    let away = false
    const { engine, clock, at } = engineOn(async () => {
      if (away) throw AWAY
      return { again: 100 }
    })
    await engine.start()
    await clock.advance(1_000)
    away = true
    at.problem = 'the database does not answer'
    await clock.advance(100)
    const [before, asked] = [at.cycles, at.asked]
    for (let n = 0; n < 600; n += 1) {
      for (const id of ['A', 'B', 'C', 'D']) engine.wake('session', id)
      await clock.advance(1_000)
    }
    expect(at.cycles).toBe(before)
    expect(at.asked - asked).toBeGreaterThan(55)
    expect(at.asked - asked).toBeLessThan(75)
    expect(engine.stats()).toMatchObject({ paused: 1 })
    expect(at.trouble).toEqual([AWAY])
    away = false
    at.problem = undefined
    await clock.until(() => engine.stats().paused === 0, 10_000)
    await clock.advance(200)
    expect(at.cycles).toBeGreaterThan(before + 3)
    expect(at.trouble).toEqual([AWAY, undefined])
    await engine.stop()
    expect(clock.pending()).toBe(0)
  })

  test('a store that answers and still fails every cycle costs no more than one that is away', async () => {
    const { engine, clock, at } = engineOn(async () => {
      throw AWAY
    })
    await engine.start()
    await clock.advance(600_000)
    expect(at.cycles).toBeLessThan(300)
    await engine.stop()
  })

  test('stopping does not wait for it', async () => {
    const { engine, clock, at } = engineOn(async () => {
      throw AWAY
    })
    at.problem = 'away'
    await engine.start()
    await clock.advance(1_000)
    engine.wake('session', 'A')
    await clock.advance(0)
    await engine.stop()
    expect(clock.pending()).toBe(0)
  })
})

test('a store that refuses one write holds up nobody else, and is well again when that goes', async () => {
  const full = new StoreError('DISK_FULL', 'full')
  let isFull = true
  const { engine, clock, at } = engineOn(async (id) => {
    if (id === 'A' && isFull) throw full
    return { again: 1_000 }
  })
  await engine.start()
  await clock.advance(20_000)
  expect(at.cycles).toBeGreaterThan(40)
  expect(at.trouble).toEqual([full])
  isFull = false
  await clock.advance(30_000)
  expect(at.trouble).toEqual([full, undefined])
  expect(engine.stats().store_errors).toBeGreaterThan(2)
  await engine.stop()
})

test('another server that does not answer is not taken for the store', async () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const { engine, clock, at } = engineOn(async () => {
    throw new Failure('RUNTIME_UNREACHABLE', 'the JobManager does not answer', { cause: refused })
  })
  await engine.start()
  await clock.advance(10_000)
  expect([at.trouble, engine.stats().paused]).toEqual([[], 0])
  await engine.stop()
})

test('a cycle that fails is left alone for its delay also when its own failing is what wakes it', async () => {
  let wake = (): void => {}
  const { engine, clock, at } = engineOn(async (id) => {
    if (id !== 'A') return { again: Infinity }
    queueMicrotask(wake)
    throw new Error('its folder is gone')
  })
  wake = () => engine.wake('session', 'A')
  await engine.start()
  await clock.advance(600_000)
  expect(at.cycles).toBeLessThan(200)
  await engine.stop()
})
