import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../domain/clock.ts'
import type { ProcessRecord } from '../../domain/process.ts'
import { createReachWatch } from './reach.ts'
import { eventually } from './runtime.fixture.ts'

test('a JobManager whose folder is gone is asked until it answers, and not again and again', async () => {
  let requests = 0
  const jobManager = createServer((_request, response) => {
    requests += 1
    response.end('{}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void jobManager.close())
  await eventually('it listens', () => jobManager.listening)
  const reached: number[] = []
  const watch = createReachWatch({
    dataDir: '/nowhere/at/all',
    clock: systemClock,
    isLive: async () => true,
    onReached: ({ generation }) => reached.push(generation),
  })
  onTestFinished(() => watch.close())
  const record: ProcessRecord = {
    uuid: 'one',
    resource: 'S',
    generation: 1,
    role: 'jobmanager',
    ordinal: 0,
    state: 'RUNNING',
    stopRequested: false,
    memoryBytes: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    restPort: (jobManager.address() as AddressInfo).port,
  }
  watch.watch(record)
  await eventually('it was reached', () => reached.length > 0)
  for (let cycle = 0; cycle < 100; cycle += 1) watch.watch(record)
  expect([watch.hasReached('one'), watch.hasReached('other'), reached, requests]).toEqual([true, false, [1], 1])
})
