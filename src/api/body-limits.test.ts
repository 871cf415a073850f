import { expect, test } from 'vitest'
import { SESSION_BODY, sharedApi } from '../../tests/support/api.ts'
import { BODY_LIMITS, crowded, excessInText } from './body-limits.ts'

const api = sharedApi()
const create = (raw: string) => api().call('POST', `${api().base}/sessions`, { raw })
const session = (change: object) => JSON.stringify({ ...SESSION_BODY, ...change })

const THOUSAND = Array.from({ length: 1_001 }, () => 'https://example.com/a.jar')

test.each([
  [
    'items in a list',
    '/plugins/1/jars',
    { plugins: [{ jars: [] }, { jars: THOUSAND }] },
    'has 1001 items; at most 1000',
  ],
  ['properties', '', Object.fromEntries(THOUSAND.map((_, n) => [`x${n}`, 0])), 'properties; at most 1000'],
  ['values', '', { plugins: Array.from({ length: 340_000 }, () => ({})) }, 'has more than 10000 values in all'],
])('a body with too many %s is refused before it is held against its schema', async (_what, path, change, message) => {
  const { status, body } = await create(session(change))
  expect([status, body.code]).toEqual([400, 'INVALID_REQUEST'])
  expect(body.details).toEqual([{ path, message: expect.stringContaining(message) }])
})

test.each(['[', '{"a":'])('a body that is nested too deep in %s is refused, however deep that is', async (opening) => {
  const { status, body } = await create(`{"jars":${opening.repeat(200_000)}`)
  expect([status, body.code]).toEqual([400, 'INVALID_REQUEST'])
  expect(body.details).toEqual([{ path: '', message: 'is nested deeper than 16 levels' }])
})

test('brackets, commas and quotes within texts are not counted', () => {
  const texts = Array.from({ length: 9_000 }, (_, n) => `[{,"${'\\'.repeat(n % 4)}","[`)
  expect(excessInText(Buffer.from(JSON.stringify(texts)))).toBeUndefined()
  expect(excessInText(Buffer.from(JSON.stringify([...texts, ...texts])))).toContain('10000 values')
})

test('a body at the limits is held against its schema', async () => {
  const jars = Array.from({ length: BODY_LIMITS.members }, (_, n) => `https://example.com/${n}.jar`)
  expect(crowded({ ...SESSION_BODY, jars })).toEqual([])
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
