import { expect, test } from 'vitest'
import { reasonOf } from './client.ts'

test('a server with several addresses is reported with the reason of each, and a bare error by its name', () => {
  const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}`)
  expect(reasonOf(new AggregateError([refused('::1:80'), refused('127.0.0.1:80')]))).toBe(
    'connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80',
  )
  expect(reasonOf(new TypeError(''))).toBe('TypeError')
})
