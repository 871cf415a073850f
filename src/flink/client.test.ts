/** Against a scripted server on loopback that answers as Flink does, and as things that are not Flink do. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { restClient } from './client.ts'
import type { FlinkErrorKind, FlinkRest } from './rest.ts'

type Script = (request: IncomingMessage, response: ServerResponse, body: string) => void

let server: Server
let endpoint: string
let flink: FlinkRest
let script: Script
let received: { line: string; body: string }[]

beforeEach(async () => {
  received = []
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('latin1')
      received.push({ line: `${request.method} ${request.url}`, body })
      script(request, response, body)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  flink = restClient(endpoint)
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
})

const answer =
  (status: number, body: unknown): Script =>
  (_request, response) => {
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body))
  }

/** Answers by path; what isn't named is not found, in Flink's words. */
const routes =
  (table: Record<string, [number, unknown]>): Script =>
  (request, response, body) => {
    const [status, text] = table[`${request.method} ${request.url}`] ?? [404, { errors: [`Not found: ${request.url}`] }]
    answer(status, text)(request, response, body)
  }

const failure = (kind: FlinkErrorKind) => ({ name: 'FlinkRestError', kind })
const never = new AbortController().signal
const overview = { taskmanagers: 1, 'slots-total': 2, 'slots-available': 2, 'flink-version': '1.17.1' }
const unknownJob =
  'org.apache.flink.runtime.rest.NotFoundException: Job 00 not found\n\tat a.B.c(B.java:1)\n' +
  'Caused by: org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job (00)\n\t... 4 ' +
  'more\n'
const run = (extra: object = {}, signal = never) =>
  flink.runJar(
    'uuid_a.jar',
    { args: ['--rate', '10'], jobId: '0'.repeat(32), flinkConfiguration: { a: 'b' }, ...extra },
    signal,
  )

describe('nothing is known of what happened (UNREACHABLE)', () => {
  test('when nobody listens', async () => {
    await new Promise((closed) => server.close(closed))
    await expect(flink.overview()).rejects.toMatchObject(failure('UNREACHABLE'))
  })

  test('when the connection is reset before the answer', async () => {
    script = (request) => request.socket.resetAndDestroy()
    await expect(run()).rejects.toMatchObject(failure('UNREACHABLE'))
  })

  test('when the connection is reset in the middle of the answer', async () => {
    script = (request, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('{"jobid":', () => request.socket.resetAndDestroy())
    }
    await expect(run()).rejects.toMatchObject(failure('UNREACHABLE'))
  })

  test('when a read takes too long, or its answer trickles', async () => {
    script = () => undefined
    await expect(restClient(endpoint, { timeoutMs: 50 }).jobs()).rejects.toThrow('no answer within 50 ms')
    script = (_request, response) => {
      response.writeHead(200).write('{')
    }
    await expect(restClient(endpoint, { timeoutMs: 50 }).jobs()).rejects.toMatchObject(failure('UNREACHABLE'))
  })

  test('when the caller gives up waiting for main()', async () => {
    const giveUp = new AbortController()
    script = () => giveUp.abort()
    await expect(run({}, giveUp.signal)).rejects.toMatchObject(failure('UNREACHABLE'))
  })

  test('when something else than Flink answers', async () => {
    const answers = [
      [200, '<html>hello'],
      [200, {}],
      [200, { errors: 3 }],
      [404, '<html>no'],
      [502, 'Bad Gateway'],
      [404, {}],
    ] as const
    for (const [status, body] of answers) {
      script = answer(status, body)
      await expect(flink.overview(), `${status} ${JSON.stringify(body)}`).rejects.toMatchObject(failure('UNREACHABLE'))
      await expect(flink.job('0'.repeat(32)), `${status} ${JSON.stringify(body)}`).rejects.toMatchObject(
        failure('UNREACHABLE'),
      )
    }
  })

  test('when the answer never ends', async () => {
    script = (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(1 << 20)));
      }
      response.writeHead(200).on('drain', more)
      more()
    }
    await expect(flink.overview()).rejects.toThrow('larger than')
  })
})

test('a JobManager without a leader is NOT_READY', async () => {
  script = answer(503, {
    errors: ['Service temporarily unavailable due to an ongoing leader election. Please refresh.'],
  })
  await expect(flink.overview()).rejects.toMatchObject({ ...failure('NOT_READY'), status: 503 })
})

test('a duplicate job ID is told from other refusals, in the words of Flink 1 and 2', async () => {
  for (const name of ['DuplicateJobSubmissionException', 'DuplicateApplicationSubmissionException']) {
    script = answer(400, {
      errors: [`a.B: Could not execute.\nCaused by: org.apache.flink.runtime.client.${name}: already submitted.`],
    })
    await expect(run()).rejects.toMatchObject(failure('DUPLICATE'))
  }
})

test('a refusal tells people the root cause and keeps the stack', async () => {
  const stack =
    'a.B: Could not execute.\n\tat a.B.c(B.java:1)\nCaused by: java.lang.IllegalStateException: boom\n\t... 3 more\n'
  script = answer(400, { errors: [stack] })
  const expected = {
    ...failure('REFUSED'),
    status: 400,
    message: 'java.lang.IllegalStateException: boom',
    errors: [stack],
  }
  await expect(run()).rejects.toMatchObject(expected)
})

test.each([
  ['OpenJDK 64-Bit Server VM - Debian - 17/17.0.15+6-Debian-1deb12u1', '17.0.15'],
  ['OpenJDK 64-Bit Server VM - Eclipse Adoptium - 25/25+36-LTS', '25'],
  ['OpenJDK 64-Bit Server VM - A/B - C - 1.8/25.392-b08', '8'],
  ['a VM of few words', undefined],
])('of what Flink says of its JVM, %s, the version of Java is read', async (version, java) => {
  script = routes({
    'GET /jobmanager/environment': [200, { jvm: { version, arch: 'amd64', options: [] }, classpath: [] }],
  })
  expect(await flink.javaVersion()).toBe(java)
})

test('a JobManager that does not tell its Java is no worse for that', async () => {
  script = routes({})
  expect(await flink.javaVersion()).toBeUndefined()
})

describe('jobs', () => {
  const id = '0'.repeat(32)
  const detail = {
    jid: id,
    name: 'x',
    state: 'RUNNING',
    'start-time': 5,
    'end-time': -1,
    plan: { type: 'STREAMING' },
    vertices: [{ id: 'v', name: 'Source', parallelism: 2, status: 'RUNNING', tasks: { RUNNING: 2 } }],
  }

  test('an unknown job is undefined only where Flink says so', async () => {
    script = answer(404, { errors: [unknownJob] })
    expect(await flink.job(id)).toBeUndefined()
    script = answer(404, { errors: ['Unable to load requested file /jobs.'] })
    await expect(flink.job(id)).rejects.toMatchObject(failure('REFUSED'))
  })

  test('details read the same from versions that tell more and less', async () => {
    const common = { id, name: 'x', state: 'RUNNING', jobType: 'STREAMING', startedAt: 5 }
    const vertex = { id: 'v', name: 'Source', parallelism: 2, status: 'RUNNING', tasks: { RUNNING: 2 } }
    script = answer(200, detail)
    expect(await flink.job(id)).toEqual({ ...common, vertices: [vertex] })
    const [first] = detail.vertices
    script = answer(200, {
      ...detail,
      plan: {},
      'job-type': 'STREAMING',
      'end-time': 9,
      vertices: [{ ...first, slotSharingGroupId: 'g' }],
    })
    expect(await flink.job(id)).toEqual({ ...common, endedAt: 9, vertices: [{ ...vertex, slotSharingGroup: 'g' }] })
  })

  test('the times of a restart are told, and those of states that it was never in are not', async () => {
    script = answer(200, { ...detail, timestamps: { CREATED: 1, RUNNING: 7, RESTARTING: 6, FAILED: 0 } })
    expect(await flink.job(id)).toMatchObject({ runningAt: 7, restartingAt: 6 })
    script = answer(200, { ...detail, timestamps: { CREATED: 1, RUNNING: 7, RESTARTING: 0 } })
    expect(await flink.job(id)).not.toHaveProperty('restartingAt')
  })

  test('failures are found where Flink 1 and where Flink 2 tells them', async () => {
    const two = { stacktrace: 'two', timestamp: 2, taskName: 'Map (1/1) - execution #0', taskManagerId: 'tm' }
    const history = [{ at: 2, stack: 'two', task: 'Map (1/1) - execution #0', taskManager: 'tm' }]
    script = answer(200, { 'root-exception': 'one', timestamp: 3, exceptionHistory: { entries: [two] } })
    expect(await flink.exceptions(id)).toEqual({ root: { at: 3, stack: 'one' }, history })
    script = answer(200, { exceptionHistory: { entries: [two] } })
    expect(await flink.exceptions(id)).toEqual({ root: { at: 2, stack: 'two' }, history })
    script = answer(200, { 'root-exception': null, timestamp: null, exceptionHistory: { entries: [] } })
    expect(await flink.exceptions(id)).toEqual({ history: [] })
  })

  test("Flink's count of restarts is told once there is one", async () => {
    script = answer(200, [{ id: 'numRestarts', value: '48' }])
    expect(await flink.restarts(id)).toBe(48)
    for (const none of [[], [{ id: 'numRestarts', value: '-1' }], [{ id: 'numRestarts', value: 'n/a' }]]) {
      script = answer(200, none)
      expect(await flink.restarts(id)).toBeUndefined()
    }
  })

  test('checkpoints without a place of their own have no location', async () => {
    const completed = {
      id: 3,
      latest_ack_timestamp: 7,
      state_size: 11,
      external_path: '<checkpoint-not-externally-addressable>',
    }
    script = answer(200, { counts: { completed: 3, failed: 1 }, latest: { completed } })
    expect(await flink.checkpoints(id)).toEqual({
      completed: 3,
      failed: 1,
      latest: { id: 3, completedAt: 7, sizeBytes: 11 },
    })
    script = answer(200, {
      counts: { completed: 3, failed: 1 },
      latest: { completed: { ...completed, external_path: 'file:/c/chk-3' } },
    })
    expect((await flink.checkpoints(id)).latest?.location).toBe('file:/c/chk-3')
  })

  test('a cancel is fine for a job that has ended and for one that is not known', async () => {
    for (const [status, errors] of [
      [404, [unknownJob]],
      [409, ['a.B: already terminal']],
      [202, undefined],
    ] as const) {
      script = answer(status, errors ? { errors } : {})
      await flink.cancel(id)
    }
    expect(received.map(({ line }) => line)).toEqual(Array.from({ length: 3 }, () => `PATCH /jobs/${id}?mode=cancel`))
  })
})

describe('jars', () => {
  test('a jar of that name is uploaded once', async () => {
    script = routes({ 'GET /jars': [200, { files: [{ id: 'uuid_a.jar', name: 'a.jar', uploaded: 1 }] }] })
    expect(await flink.uploadJar('a.jar', new Uint8Array([1]))).toBe('uuid_a.jar')
    expect(received).toHaveLength(1)
  })

  test('a jar is deleted, also where somebody else has done so before', async () => {
    script = routes({
      'GET /jars': [200, { files: [{ id: 'uuid_a.jar', name: 'a.jar', uploaded: 1 }] }],
      'DELETE /jars/uuid_a.jar': [200, {}],
      'DELETE /jars/gone.jar': [400, { errors: ['File gone.jar does not exist in /tmp/upload.'] }],
    })
    expect(await flink.jars()).toEqual([{ id: 'uuid_a.jar', name: 'a.jar' }])
    await flink.deleteJar('uuid_a.jar')
    await flink.deleteJar('gone.jar')
    expect(received.map(({ line }) => line).slice(1)).toEqual(['DELETE /jars/uuid_a.jar', 'DELETE /jars/gone.jar'])
  })

  test('whether a job is there is read from the list, which Flink answers without an error', async () => {
    script = routes({ 'GET /jobs': [200, { jobs: [{ id: 'a1', status: 'INITIALIZING' }] }] })
    expect([await flink.hasJob('a1'), await flink.hasJob('b2')]).toEqual([true, false])
  })

  test('bytes and files are uploaded under the name given', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'jar-'))
    try {
      await writeFile(join(folder, 'other.jar'), 'content')
      const uploaded = { filename: '/u/flink-web-upload/uuid_a.jar', status: 'success' }
      script = routes({ 'GET /jars': [200, { files: [] }], 'POST /jars/upload': [200, uploaded] })
      expect(await flink.uploadJar('a.jar', Buffer.from('content'))).toBe('uuid_a.jar')
      expect(await flink.uploadJar('a.jar', { path: join(folder, 'other.jar') })).toBe('uuid_a.jar')
      const [, first, , second] = received
      for (const { body } of [first, second] as typeof received) {
        expect(body).toMatch(/name="jarfile"; filename="a\.jar"[\s\S]*\r\n\r\ncontent\r\n/)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('a run sends what was asked for and nothing that an older Flink would refuse', async () => {
    script = answer(200, { jobid: '0'.repeat(32) })
    expect(await run({ entryClass: 'a.B' })).toEqual({ jobId: '0'.repeat(32) })
    expect(received[0]?.line).toBe('POST /jars/uuid_a.jar/run')
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      entryClass: 'a.B',
      programArgsList: ['--rate', '10'],
      jobId: '0'.repeat(32),
      flinkConfiguration: { a: 'b' },
    })
  })

  test('a restore leaves the state to its owner, in the word of each version', async () => {
    for (const [version, word] of [
      ['1.17.1', 'restoreMode'],
      ['2.3.0', 'claimMode'],
    ] as const) {
      const of = { ...overview, 'flink-version': version }
      script = routes({ 'GET /overview': [200, of], 'POST /jars/uuid_a.jar/run': [200, { jobid: 'x' }] })
      await run({ savepointPath: '/s' })
      expect(JSON.parse(received.at(-1)?.body ?? '')).toMatchObject({
        savepointPath: '/s',
        allowNonRestoredState: false,
        [word]: 'NO_CLAIM',
      })
    }
  })
})

test('what is read about one job is asked one after the other, whoever asks; other jobs do not wait for it', async () => {
  const [one, other] = ['1'.repeat(32), '2'.repeat(32)]
  const waiting: ServerResponse[] = []
  script = (_request, response) => void waiting.push(response)
  const asked = [flink.job(one), restClient(endpoint).exceptions(one), flink.job(other)].map((call) =>
    call.catch(() => 0),
  )
  await expect.poll(() => received.length).toBe(2)
  expect(received.map(({ line }) => line).sort()).toEqual([`GET /jobs/${one}`, `GET /jobs/${other}`])
  script = answer(404, { errors: ['gone'] })
  for (const response of waiting) response.writeHead(404).end('{}')
  await Promise.all(asked)
  expect(received.at(-1)?.line).toContain(`/jobs/${one}/exceptions`)
})
