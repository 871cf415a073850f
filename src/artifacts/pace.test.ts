import { expect, test } from 'vitest'
import { manualClock } from '../../tests/support/clock.ts'
import { arrivingAtPace } from './pace.ts'

const pace = { everyMs: 1000, leastBytes: 10 }

/** Chunks of three bytes, one each time so much time has passed; ends after `count`. */
function slowly(everyMs: number, count: number) {
  const clock = manualClock()
  const stopping = new AbortController()
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let i = 0; i < count; i++) {
      await new Promise<void>((resolve) => {
        clock.after(everyMs, resolve)
      })
      yield Buffer.from('123')
    }
  }
  const received = { bytes: 0, error: undefined as unknown, over: false }
  void (async () => {
    try {
      for await (const chunk of arrivingAtPace(chunks(), { maxBytes: 1000, clock, pace, stopping: stopping.signal }))
        received.bytes += chunk.length
    } catch (error) {
      received.error = error
    }
    received.over = true
  })()
  return { clock, stopping, received }
}

test('a few bytes now and then are too few', async () => {
  const { clock, received } = slowly(400, 100)
  await clock.advance(1000)
  expect(received).toMatchObject({
    bytes: 6,
    error: { reason: 'STALLED', message: expect.stringContaining('Only 6 bytes came within 1 s') },
  })
})

test('whoever keeps to the pace may take as long as it takes', async () => {
  const { clock, received } = slowly(200, 100)
  await clock.advance(20_000)
  expect(received).toEqual({ bytes: 300, error: undefined, over: true })
  expect(clock.pending()).toBe(0)
})

test('a server that stops waits for nobody', async () => {
  const { clock, stopping, received } = slowly(200, 100)
  await clock.advance(500)
  stopping.abort()
  await clock.advance(0)
  expect(received).toMatchObject({ bytes: 6, error: { reason: 'STOPPING' }, over: true })
})

test("a slow disk is not the caller's fault", async () => {
  const clock = manualClock()
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let i = 0; i < 3; i++) yield Buffer.from('1')
  }
  let count = 0
  for await (const _chunk of arrivingAtPace(chunks(), {
    maxBytes: 1000,
    clock,
    pace,
    stopping: new AbortController().signal,
  })) {
    count++
    await clock.advance(5_000)
  }
  expect(count).toBe(3)
})
