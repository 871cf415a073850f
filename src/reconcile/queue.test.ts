import { describe, expect, test } from 'vitest'
import { manualClock } from '../../tests/support/clock.ts'
import { createQueue, type Queue } from './queue.ts'

/** A worker that notes what it was given and holds it until told. */
function worker(queue: Queue) {
  const taken: (string | undefined)[] = []
  const next = (): void => {
    void queue.take().then((key) => taken.push(key))
  }
  return { taken, next }
}

describe('the queue', () => {
  test('a key that is added many times is handed out once', async () => {
    const clock = manualClock()
    const queue = createQueue(clock)
    queue.add('a')
    queue.add('a')
    queue.add('b')
    const { taken, next } = worker(queue)
    next(), next(), next()
    await clock.advance(0)
    expect(taken).toEqual(['a', 'b'])
  })

  test('a key is worked on by one worker at a time, and once more when it was added meanwhile', async () => {
    const clock = manualClock()
    const queue = createQueue(clock)
    const { taken, next } = worker(queue)
    queue.add('a')
    next(), next()
    await clock.advance(0)
    queue.add('a')
    queue.add('a')
    await clock.advance(0)
    expect(taken).toEqual(['a'])
    queue.done('a')
    await clock.advance(0)
    expect(taken).toEqual(['a', 'a'])
    queue.done('a')
    next()
    await clock.advance(0)
    expect(taken).toEqual(['a', 'a'])
  })

  test('keys are handed out in the order in which they became due', async () => {
    const clock = manualClock()
    const queue = createQueue(clock)
    for (const key of ['c', 'a', 'b']) queue.add(key)
    const { taken, next } = worker(queue)
    next(), next(), next()
    await clock.advance(0)
    expect(taken).toEqual(['c', 'a', 'b'])
  })

  const orders = [{ delays: [100, 50] }, { delays: [50, 100] }]
  test.for(orders)(
    'of two delays ($delays) the earlier one counts, and the later one is forgotten',
    async ({ delays }) => {
      const clock = manualClock()
      const queue = createQueue(clock)
      const { taken, next } = worker(queue)
      next()
      for (const ms of delays) queue.addAfter('a', ms)
      await clock.advance(49)
      expect(taken).toEqual([])
      await clock.advance(1)
      expect(taken).toEqual(['a'])
      queue.done('a')
      next()
      await clock.advance(1_000)
      expect(taken).toEqual(['a'])
    },
  )

  test('a key that becomes due now does not become due by its delay again', async () => {
    const clock = manualClock()
    const queue = createQueue(clock)
    const { taken, next } = worker(queue)
    queue.addAfter('a', 100)
    queue.add('a')
    queue.addAfter('a', 10)
    next()
    await clock.advance(0)
    queue.done('a')
    next()
    await clock.advance(1_000)
    expect(taken).toEqual(['a'])
    expect(clock.pending()).toBe(0)
  })

  test('a delay that ends while its key is worked on makes it due after that', async () => {
    const clock = manualClock()
    const queue = createQueue(clock)
    const { taken, next } = worker(queue)
    queue.add('a')
    next(), next()
    await clock.advance(0)
    queue.addAfter('a', 10)
    await clock.advance(10)
    expect(taken).toEqual(['a'])
    queue.done('a')
    await clock.advance(0)
    expect(taken).toEqual(['a', 'a'])
  })

  test('once closed it hands out nothing, lets every worker go and leaves no timer behind', async () => {
    const clock = manualClock()
    const queue = createQueue(clock)
    const { taken, next } = worker(queue)
    next(), next()
    queue.addAfter('a', 10)
    queue.close()
    queue.add('b')
    queue.addAfter('c', 10)
    next()
    await clock.advance(100)
    expect(taken).toEqual([undefined, undefined, undefined])
    expect({ timers: clock.pending(), size: queue.size() }).toEqual({ timers: 0, size: 0 })
  })

  test('news go before a round, which goes on all the same', async () => {
    const clock = manualClock()
    const queue = createQueue(clock)
    for (const key of ['r1', 'r2', 'n4']) queue.add(key, 'ROUND')
    for (const key of ['n1', 'n2', 'n3', 'n4', 'n5']) queue.add(key)
    const { taken, next } = worker(queue)
    for (let n = 0; n < 8; n += 1) next()
    await clock.advance(0)
    expect(taken).toEqual(['n1', 'n2', 'n3', 'r1', 'n4', 'n5', 'r2'])
  })

  test('news that come together come to one, and the first does not wait', async () => {
    const clock = manualClock()
    const queue = createQueue(clock)
    const { taken, next } = worker(queue)
    next()
    queue.addApart('a', 200)
    await clock.advance(0)
    expect(taken).toEqual(['a'])
    queue.done('a')
    next(), next()
    for (let n = 0; n < 5; n += 1) {
      queue.addApart('a', 200)
      await clock.advance(30)
    }
    expect(taken).toEqual(['a'])
    await clock.advance(50)
    expect(taken).toEqual(['a', 'a'])
    queue.done('a')
    await clock.advance(10_000)
    expect(taken).toEqual(['a', 'a'])
  })

  test('many delays have one timer, and each key comes at its own time', async () => {
    const clock = manualClock()
    const queue = createQueue(clock)
    const { taken, next } = worker(queue)
    const delays = Array.from({ length: 500 }, (_, n) => 1 + ((n * 7919) % 500))
    delays.forEach((ms, n) => {
      queue.addAfter(`key ${n}`, ms + 1_000)
      queue.addAfter(`key ${n}`, ms)
    })
    expect(clock.pending()).toBe(1)
    for (let n = 0; n < 500; n += 1) next()
    await clock.advance(250)
    expect(taken).toHaveLength(250)
    await clock.advance(2_000)
    expect(taken).toHaveLength(500)
    const order = taken.map((key) => delays[Number(key?.slice(4))] ?? 0)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    queue.addAfter('late', 1_000)
    queue.close()
    expect(clock.pending()).toBe(0)
  })

  test('taking the next of many costs no more than of few', () => {
    const cost = (count: number): number => {
      const queue = createQueue(manualClock())
      for (let n = 0; n < count; n += 1) queue.add(`key ${n}`, 'ROUND')
      const before = process.cpuUsage()
      for (let n = 0; n < count; n += 1) void queue.take()
      const { user, system } = process.cpuUsage(before)
      return (user + system) / count
    }
    cost(10_000)
    expect(cost(160_000)).toBeLessThan(10 * cost(10_000) + 5)
  })
})
