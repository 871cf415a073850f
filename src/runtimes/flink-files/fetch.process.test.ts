import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Answer } from './fetch.fixture.ts'
import {
  close,
  fetchAll,
  filesIn,
  image,
  impatient,
  JAR,
  LATER,
  listen,
  NEVER,
  OPEN,
  one,
  run,
  SHA256,
  start,
  useFetchProgram,
} from './fetch.fixture.ts'

useFetchProgram()

describe('a plan is carried out', () => {
  test('from the image and from the web, in its order, each file with its size and SHA-256', async () => {
    await image('/opt/flink/opt/s3.jar', '/opt/other/a.jar')
    run.answer = (_, response) => response.setHeader('content-length', JAR.length).end(JAR)
    const { code, out, files } = await fetchAll([
      OPEN,
      'plugins/s3/s3.jar\t/opt/flink/opt/s3.jar',
      'extra/a.jar\tlocal:///opt/other/a.jar',
      `extra/job.jar\t${run.base}/x/job.jar?y=1`,
    ])
    expect({ code, files }).toEqual({ code: 0, files: ['extra/a.jar', 'extra/job.jar', 'plugins/s3/s3.jar'] })
    expect(out.filter((line) => line.startsWith('done '))).toEqual([
      expect.stringMatching(/^done plugins\/s3\/s3\.jar 21 [0-9a-f]{64}$/),
      expect.stringMatching(/^done extra\/a\.jar 16 /),
      `done extra/job.jar ${JAR.length} ${SHA256}`,
    ])
    expect(await readFile(join(run.folder, 'extra/job.jar'))).toEqual(JAR)
    expect(await readFile(join(run.folder, 'plugins/s3/s3.jar'), 'utf8')).toBe('/opt/flink/opt/s3.jar')
  })

  test.each([
    ['SHA-256', SHA256],
    ['SHA-1', createHash('sha1').update(JAR).digest('hex')],
    ['SHA-512', createHash('sha512').update(JAR).digest('hex')],
  ])('a file is taken whose %s is the one that was told, and no other', async (algorithm, sum) => {
    run.answer = (_, response) => response.end(JAR)
    expect(
      await fetchAll([OPEN, `extra/job.jar\t${run.base}/job.jar\t${algorithm}:${sum.toUpperCase()}`]),
    ).toMatchObject({
      code: 0,
      files: ['extra/job.jar'],
    })
    const wrong = '0'.repeat(sum.length)
    expect(await fetchAll([OPEN, `extra/other.jar\t${run.base}/job.jar\t${algorithm}:${wrong}`])).toMatchObject({
      code: NEVER,
      files: ['extra/job.jar'],
      error: expect.stringContaining(`its ${algorithm} is ${sum}, not ${wrong}`),
    })
  })

  test('whatever way the server tells where the file ends', async () => {
    for (const way of ['chunked', 'close'] as const) {
      run.answer = (_, response) => {
        if (way === 'close') response.useChunkedEncodingByDefault = false
        response.write(JAR.subarray(0, 70_000), () => response.end(JAR.subarray(70_000)))
      }
      expect((await one('/job.jar')).out.at(-1)).toBe(`done extra/job.jar ${JAR.length} ${SHA256}`)
    }
  })

  test('a long download tells how far it is', async () => {
    // A piece now and then, for as long as it takes to tell twice.
    run.answer = (_, response) => {
      response.setHeader('content-length', JAR.length)
      let sent = 0
      const timer = setInterval(() => {
        response.write(JAR.subarray(sent, (sent += 1_000)))
        if (sent < 30_000) return
        clearInterval(timer)
        response.end(JAR.subarray(sent))
      }, 100)
    }
    const { out } = await one('/job.jar')
    const parts = out.flatMap((line) => /^fetching job\.jar: (\d+) %$/.exec(line)?.[1] ?? []).map(Number)
    expect(parts.length).toBeGreaterThan(0)
    expect(parts).toEqual(parts.toSorted((one, other) => one - other))
    // About one a second.
    expect(out.length).toBeLessThanOrEqual(10)
  })
})

describe('files of the image', () => {
  test('another patch version stands in, the newest, under its own name and with a warning', async () => {
    await image(
      ...['1.17.9', '1.17.10', '1.18.1'].map((version) => `/opt/flink/opt/flink-s3-fs-hadoop-${version}.jar`),
      '/opt/flink/opt/flink-s3-fs-presto-1.17.11.jar',
      '/opt/flink/opt/flink-s3-fs-hadoop-1.17.12-tests.jar',
    )
    const { code, out, files } = await fetchAll([
      'plugins/s3/flink-s3-fs-hadoop-1.17.1.jar\t/opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar',
    ])
    expect({ code, files }).toEqual({ code: 0, files: ['plugins/s3/flink-s3-fs-hadoop-1.17.10.jar'] })
    expect(out[0]).toBe(
      'warning: /opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar is not part of this Flink; ' +
        'flink-s3-fs-hadoop-1.17.10.jar is used in its place',
    )
    expect(out.at(-1)).toContain('done plugins/s3/flink-s3-fs-hadoop-1.17.10.jar ')
  })

  test('one that is missing is told with the nearest names', async () => {
    await image(
      ...['flink-s3-fs-presto-1.17.1', 'flink-s3-fs-hadoop-1.18.1', 'flink-python-1.17.1', 'flink-cep-1.17.1'].map(
        (name) => `/opt/flink/opt/${name}.jar`,
      ),
    )
    const { code, error } = await fetchAll(['plugins/s3/x.jar\tlocal:///opt/flink/opt/flink-s3-fs-hadop-1.17.1.jar'])
    expect(code).toBe(NEVER)
    expect(error).toBe(
      "local:///opt/flink/opt/flink-s3-fs-hadop-1.17.1.jar can't be fetched: it is not part of the image; " +
        'the nearest names in /opt/flink/opt are flink-s3-fs-hadoop-1.18.1.jar, flink-s3-fs-presto-1.17.1.jar, ' +
        'flink-python-1.17.1.jar',
    )
  })

  test.each([
    ['a folder', '/opt/flink/opt', 'is a folder'],
    ['in no folder', '/nowhere/x.jar', 'nor is any file in /nowhere'],
  ])('%s is no file', async (_, path, words) => {
    await image('/opt/flink/opt/a.jar')
    expect(await fetchAll([`extra/x.jar\t${path}`])).toMatchObject({
      code: NEVER,
      error: expect.stringContaining(words),
      files: [],
    })
  })
})

describe('an answer that is not the file', () => {
  test.each([
    [401, NEVER, 'wants credentials'],
    [403, NEVER, 'forbids it'],
    [404, NEVER, 'no such file'],
    [418, NEVER, 'answered 418'],
    [429, LATER, 'fewer requests'],
    [500, LATER, 'failed (500)'],
    [503, LATER, 'failed (503)'],
  ])('%i ends with code %i and says "%s"', async (status, code, words) => {
    run.answer = (_, response) => response.writeHead(status).end('words of the server')
    expect(await one('/job.jar')).toMatchObject({ code, error: expect.stringContaining(words), files: [] })
  })

  test.each([
    ['a web page', { 'content-type': 'text/html; charset=utf-8' }, 'a web page, not with a jar'],
    ['an encoding that nobody asked for', { 'content-encoding': 'gzip' }, 'encoded (gzip)'],
  ])('%s is refused', async (_, headers, words) => {
    run.answer = (_request, response) => response.writeHead(200, headers).end(JAR)
    expect(await one('/job.jar')).toMatchObject({ code: NEVER, error: expect.stringContaining(words), files: [] })
  })

  test.each([
    ['with a declared size', true],
    ['without one', false],
  ])('a file %s that is too large is refused', async (_, declared) => {
    run.answer = (_request, response) => {
      if (declared) response.setHeader('content-length', JAR.length)
      response.end(JAR)
    }
    const words = expect.stringContaining('than this server takes (90000 bytes)')
    expect(await one('/job.jar', '!max-bytes 90000')).toMatchObject({ code: NEVER, error: words, files: [] })
  })

  test('what does not speak HTTP is told so', async () => {
    const other = createTcpServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    const uri = `http://127.0.0.1:${await listen(other)}/job.jar`
    const { code, error } = await fetchAll([OPEN, `extra/job.jar\t${uri}`])
    other.close()
    expect({ code, error }).toEqual({
      code: NEVER,
      error: `${uri} can't be fetched: its host does not speak HTTP there`,
    })
  })
})

describe('a download that breaks leaves nothing and may be tried again', () => {
  test.each<[string, string, Answer]>([
    [
      'when it ends too early',
      'ended before it was complete',
      (_, response) => {
        response.setHeader('content-length', JAR.length).write(JAR.subarray(0, 1000), () => response.socket?.end())
      },
    ],
    [
      'when it ends between two pieces',
      'ended before it was complete',
      (_, response) => {
        response.write(JAR.subarray(0, 1000), () => response.socket?.end())
      },
    ],
    [
      'when nothing more comes',
      'the download stalled',
      (_, response) => response.setHeader('content-length', JAR.length).write('PK'),
    ],
    [
      'when next to nothing comes',
      'the download stalled',
      (_, response) => {
        response.setHeader('content-length', JAR.length)
        const drops = setInterval(() => response.write('P'), 50)
        response.on('close', () => clearInterval(drops))
      },
    ],
    ['when no answer comes', 'did not answer in time', () => {}],
  ])('%s', async (_, words, how) => {
    run.answer = how
    expect(await impatient()).toMatchObject({ code: LATER, error: expect.stringContaining(words), files: [] })
  })

  test('when nothing listens', async () => {
    await close(run.server)
    expect(await one('/job.jar')).toMatchObject({
      code: LATER,
      error: expect.stringContaining('connection refused'),
      files: [],
    })
  })

  test('and is tried again, as often as the plan says', async () => {
    let requests = 0
    run.answer = (_, response) => (++requests < 3 ? response.writeHead(503).end() : response.end(JAR))
    const { code, out } = await one('/job.jar', '!attempts 3')
    expect({ code, requests }).toEqual({ code: 0, requests: 3 })
    expect(out.filter((line) => line.startsWith('trying again in ')).map((line) => line.slice(0, 30))).toEqual([
      'trying again in 10 ms (2 of 3)',
      'trying again in 20 ms (3 of 3)',
    ])
    run.answer = (_, response) => void (requests++, response.writeHead(404).end())
    await one('/job.jar', '!attempts 3')
    expect(requests).toBe(4)
  })

  test('and what a killed run left is overwritten by the next', async () => {
    run.answer = (_, response) => response.setHeader('content-length', JAR.length).write(JAR.subarray(0, 60_000))
    const child = await start([OPEN, `extra/job.jar\t${run.base}/job.jar`])
    const part = join(run.folder, 'extra/.job.jar.part')
    await expect
      .poll(
        () =>
          stat(part).then(
            ({ size }) => size,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBeGreaterThan(0)
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('close', resolve))
    expect(await filesIn(run.folder)).toEqual(['extra/.job.jar.part'])
    run.answer = (_, response) => response.end(JAR)
    expect(await one('/job.jar')).toMatchObject({ code: 0, files: ['extra/job.jar'] })
    expect(await readFile(join(run.folder, 'extra/job.jar'))).toEqual(JAR)
  })
})
