import type { ServerResponse } from 'node:http'

import { expect, test } from 'vitest'

import { kubeApi } from './api.ts'
import { connect } from './connection.ts'
import { KubeError, KubeUnreachable } from './errors.ts'
import { answer, refuse, testServer } from './server.fixture.ts'
import type { WatchEvent } from './watch.ts'

const PATH = '/api/v1/namespaces/ns/pods'
const event = (type: string, name: string): string =>
  `${JSON.stringify({ type, object: { metadata: { name, resourceVersion: '7' } } })}\n`

async function watched(
  serve: (response: ServerResponse) => void,
  options: { stallMs?: number; timeoutMs?: number; abortAt?: number } = {},
) {
  await using server = await testServer((_request, response) => {
    serve(response)
  })
  const connection = connect({ cluster: { server: server.url }, auth: {} })
  const api = kubeApi(connection, { timeoutMs: options.timeoutMs ?? 10_000 })
  const events: WatchEvent[] = []
  const stop = new AbortController()
  let opened = 0
  const outcome = await api
    .watch(
      PATH,
      { resourceVersion: '5' },
      (one) => {
        events.push(one)
        if (events.length === options.abortAt) stop.abort()
      },
      {
        signal: stop.signal,
        ...(options.stallMs ? { stallMs: options.stallMs } : {}),
        opened: () => {
          opened += 1
        },
      },
    )
    .then(
      () => 'ended' as const,
      (error: unknown) => error as KubeError | KubeUnreachable,
    )
  await connection.close()
  return {
    outcome,
    names: events.map(({ type, object }) => `${type} ${object.metadata.name}`),
    opened,
    url: server.received[0]?.url ?? '',
    api,
  }
}

test('events come whole however the bytes are cut, and the end of the server is an end', async () => {
  const bytes = Buffer.from(event('ADDED', 'größe-1') + event('MODIFIED', '日本') + event('BOOKMARK', ''))
  const { outcome, names, opened, url } = await watched((response) => {
    let at = 0
    const next = (): void => {
      if (at >= bytes.length) {
        response.end()
        return
      }
      response.write(bytes.subarray(at, (at += 3)))
      setImmediate(next)
    }
    next()
  })
  expect({ outcome, names, opened }).toEqual({
    outcome: 'ended',
    names: ['ADDED größe-1', 'MODIFIED 日本', 'BOOKMARK '],
    opened: 1,
  })
  expect(url).toBe(`${PATH}?resourceVersion=5&watch=true&allowWatchBookmarks=true`)
})

test('one that is cut in the middle of an event is broken, with what came before', async () => {
  const { outcome, names } = await watched((response) => {
    response.write(event('ADDED', 'a') + event('ADDED', 'b').slice(0, 20), () => {
      response.destroy()
    })
  })
  expect(outcome).toBeInstanceOf(KubeUnreachable)
  expect(names).toEqual(['ADDED a'])
})

test('half an event before an orderly end is broken as well', async () => {
  const { outcome } = await watched((response) => {
    response.end(event('ADDED', 'b').slice(0, 20))
  })
  expect(outcome).toBeInstanceOf(KubeUnreachable)
  expect(String(outcome)).toContain('middle of an event')
})

test('a version that is too old is Expired, as an answer and as an event', async () => {
  const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 5 (70)' }
  const asAnswer = await watched((response) => {
    refuse(response, 410, 'Expired', gone.message)
  })
  const asEvent = await watched((response) => {
    response.end(event('ADDED', 'a') + JSON.stringify({ type: 'ERROR', object: gone }) + '\n')
  })
  for (const { outcome } of [asAnswer, asEvent]) {
    expect(outcome).toBeInstanceOf(KubeError)
    expect(outcome).toMatchObject({ status: 410, reason: 'Expired', message: `watch ${PATH}: ${gone.message} (410)` })
  }
  expect([asAnswer.opened, asEvent.opened]).toEqual([0, 1])
})

test('one on which nothing comes any more is broken', async () => {
  const { outcome, names, api } = await watched(
    (response) => {
      response.write(event('ADDED', 'a'))
    },
    { stallMs: 100 },
  )
  expect(outcome).toBeInstanceOf(KubeUnreachable)
  expect(String(outcome)).toContain('nothing more came')
  expect(names).toEqual(['ADDED a'])
  expect(api.heardAt).toBeDefined()
})

test('one that is not answered has the deadline of any request', async () => {
  const { outcome, opened } = await watched(() => {}, { timeoutMs: 100 })
  expect(outcome).toBeInstanceOf(KubeUnreachable)
  expect(String(outcome)).toContain('within 100 ms')
  expect(opened).toBe(0)
})

test('its owner ends it quietly', async () => {
  const { outcome, names } = await watched(
    (response) => {
      response.write(event('ADDED', 'a'))
    },
    { abortAt: 1 },
  )
  expect({ outcome, names }).toEqual({ outcome: 'ended', names: ['ADDED a'] })
})

test('what is no JSON is told as that', async () => {
  const { outcome } = await watched((response) => {
    answer(response, 200, '<html>\n')
  })
  expect(outcome).toBeInstanceOf(KubeUnreachable)
  expect(String(outcome)).toContain("isn't JSON")
})
