import { expect, test } from 'vitest'
import { SESSION_BODY, sharedApi } from '../../tests/support/api.ts'
import { BODY_LIMITS, excess } from './body-limits.ts'

const api = sharedApi()
const create = (raw: string) => api().call('POST', `${api().base}/sessions`, { raw })
const session = (change: object) => JSON.stringify({ ...SESSION_BODY, ...change })

test.each([
  ['items', '/plugins', { plugins: Array.from({ length: 340_000 }, () => ({})) }, 'has 340000 items; at most 1000'],
  ['properties', '', Object.fromEntries(Array.from({ length: 90_000 }, (_, n) => [`x${n}`, 0])), 'properties; at most'],
  [
    'values',
    '',
    { plugins: Array.from({ length: 900 }, () => ({ name: 'a', jars: Array(99).fill('') })) },
    'has more than 10000 values in all',
  ],
])('a body with too many %s is refused before it is held against its schema', async (_what, path, change, message) => {
  const { status, body } = await create(session(change))
  expect([status, body.code]).toEqual([400, 'INVALID_REQUEST'])
  expect(body.details).toEqual([{ path, message: expect.stringContaining(message) }])
})

test('a body that is nested too deep is refused, however deep that is', async () => {
  const deep = '['.repeat(500_000) + ']'.repeat(500_000)
  const { status, body } = await create(`{"jars":${deep}}`)
  expect(status).toBe(400)
  expect(body.details).toEqual([{ path: `/jars${'/0'.repeat(15)}`, message: 'is nested deeper than 16 levels' }])
})

test('a body at the limits is held against its schema', async () => {
  const jars = Array.from({ length: BODY_LIMITS.members }, (_, n) => `https://example.com/${n}.jar`)
  expect(excess({ ...SESSION_BODY, jars })).toEqual([])
  expect((await create(session({ jars }))).status).toBe(201)
})

test('of more violations than anybody reads the first are told, and how many more there are', async () => {
  const { status, body } = await create(session({ jars: Array(1_000).fill(7) }))
  expect(status).toBe(400)
  expect(body.details).toHaveLength(101)
  expect(body.details.at(-1)).toEqual({ path: '', message: 'there are 900 more violations; these are the first 100' })
  const colliding = Array(1_000).fill('https://example.com/a.jar')
  const refused = await create(session({ jars: colliding }))
  expect([refused.status, refused.body.details.length]).toEqual([422, 101])
  expect(refused.body.details.at(-1).message).toBe('there are 899 more violations; these are the first 100')
})
