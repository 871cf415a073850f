import { expect, test } from 'vitest'
import { manualClock } from '../../tests/support/clock.ts'
import { type Condition, createReadiness } from './readiness.ts'

test('a server is ready while each of its conditions holds, and says which does not, why and since when', async () => {
  const clock = manualClock(Date.parse('2026-01-05T08:00:00.000Z'))
  const readiness = createReadiness({ clock })
  readiness.tell('store')
  readiness.tell('disk')
  expect((await readiness.read()).ready).toBe(true)
  await clock.advance(1000)
  readiness.tell('disk', 'the disk is full')
  await clock.advance(1000)
  readiness.tell('disk', 'the disk is still full')
  expect(await readiness.read()).toEqual({
    ready: false,
    conditions: [
      { name: 'store', ok: true, since: '2026-01-05T08:00:00.000Z' },
      { name: 'disk', ok: false, reason: 'the disk is still full', since: '2026-01-05T08:00:01.000Z' },
    ],
  })
  readiness.tell('disk')
  expect((await readiness.read()).ready).toBe(true)
})

test('what is asked for is asked once for all who want to know at the same time, and fails when asking does', async () => {
  let asked = 0
  let answer = async (): Promise<string | undefined> => undefined
  const readiness = createReadiness({ clock: manualClock() })
  readiness.ask('store', () => {
    asked += 1
    return answer()
  })
  const all = await Promise.all([readiness.read(), readiness.read(), readiness.read()])
  expect([all.map(({ ready }) => ready), asked]).toEqual([[true, true, true], 1])
  answer = () => Promise.reject(new Error('with a password'))
  const { ready, conditions } = await readiness.read()
  expect([ready, conditions[0]?.reason]).toEqual([false, 'could not be found out'])
})

test('changes are told once, a condition that held from the start is none', () => {
  const reported: Condition[] = []
  const readiness = createReadiness({ clock: manualClock(), onChange: (condition) => reported.push(condition) })
  readiness.tell('store')
  for (const reason of ['gone', 'gone', 'locked', undefined, undefined]) readiness.tell('store', reason)
  expect(reported.map(({ reason }) => reason)).toEqual(['gone', 'locked', undefined])
})
