/** The guide says what the code does. */
import { expect, test } from 'vitest'
import { BODY_BYTES } from '../../src/api/app.ts'
import { BODY_LIMITS } from '../../src/api/body-limits.ts'
import { CONNECTION_LIMITS } from '../../src/api/connections.ts'
import { MOST_DETAILS } from '../../src/api/errors.ts'
import { LIMITS } from '../../src/api/schemas/schema.ts'
import { KEPT } from '../../src/artifacts/inspect/kept.ts'
import { LOG_BYTES } from '../../src/runtimes/runtime.ts'
import { PAGE_BYTES } from '../../src/store/marker.ts'
import { read } from './files.ts'

const size = (bytes: number): string => (bytes < 1024 ** 2 ? `${bytes / 1024} KiB` : `${bytes / 1024 ** 2} MiB`)
const number = (count: number): string => count.toLocaleString('en')

test.each([
  ['first line and headers', size(CONNECTION_LIMITS.headerBytes)],
  ['time for the headers', `${CONNECTION_LIMITS.headersMs / 1_000} s`],
  ['body in JSON', size(BODY_BYTES)],
  ['values in a body', number(BODY_LIMITS.values)],
  ['nesting of a body', `${BODY_LIMITS.depth} levels`],
  ['items of a list, properties', number(BODY_LIMITS.members)],
  ['items of a list, properties', number(LIMITS.items)],
  ['violations told', number(MOST_DETAILS)],
  ['page of what can be large', size(PAGE_BYTES)],
  ['what is told of a jar', `${KEPT.items} items, ${size(KEPT.bytes)}`],
  ['logs of an answer', size(LOG_BYTES)],
  ['connections at once', number(CONNECTION_LIMITS.connections)],
  ['requests on a connection', number(CONNECTION_LIMITS.unanswered)],
  ['pace at which answers', `${size(CONNECTION_LIMITS.leastBytes)} in every ${CONNECTION_LIMITS.stretchMs / 1_000} s`],
  ['answers waiting to be fetched', size(CONNECTION_LIMITS.unreadBytes)],
  ['connection without a request', `${CONNECTION_LIMITS.idleMs / 1_000} s`],
])('the guide on limits says of "%s" that it is %s', (what, value) => {
  const row = read('docs/guides/limits.md')
    .split('\n')
    .find((line) => line.startsWith(`| ${what}`))
  expect(row).toContain(value)
})
