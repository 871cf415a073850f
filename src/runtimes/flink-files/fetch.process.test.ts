import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server as AnyServer } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { addressRule } from '../../artifacts/addresses.ts'
import { filesJar } from './jar.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const exec = promisify(execFile)
const JAR = Buffer.from('PK'.repeat(50_000))
const SHA256 = createHash('sha256').update(JAR).digest('hex')
const OPEN = '!allow 127.0.0.1/32'
const LATER = 3
const NEVER = 2

let machine: string
let program: string
let work: string
let folder: string
let server: Server
let base: string
let answer: Answer

beforeAll(async () => {
  machine = await mkdtemp(join(tmpdir(), 'weir-files-jar-'))
  vi.stubEnv('WEIR_CACHE_DIR', machine)
  program = await filesJar()
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(machine, { recursive: true })
})

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'weir-fetch-'))
  folder = join(work, 'files')
  answer = (_, response) => response.end(JAR)
  server = createServer((request, response) => answer(request, response))
  base = `http://127.0.0.1:${await listen(server)}`
})

afterEach(async () => {
  await close(server)
  await rm(work, { recursive: true })
})

async function listen(which: AnyServer): Promise<number> {
  await new Promise<void>((resolve) => which.listen(0, '127.0.0.1', resolve))
  return (which.address() as AddressInfo).port
}

function close(which: Server): Promise<void> {
  which.closeAllConnections()
  return new Promise((resolve) => which.close(() => resolve()))
}

interface Outcome {
  code: number | null
  out: string[]
  error: string
  files: string[]
}

async function start(lines: string[], properties: Record<string, string> = {}) {
  const [plan, log] = [join(work, 'plan'), join(work, 'termination-log')]
  await writeFile(plan, `${lines.join('\n')}\n`)
  await writeFile(log, '')
  const all = { 'termination-log': log, 'delay-ms': '10', image: join(work, 'image'), ...properties }
  const flags = Object.entries(all).map(([key, value]) => `-D${key.includes('.') ? '' : 'weir.files.'}${key}=${value}`)
  const jvm = ['-Xmx64m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...flags, '-cp', program]
  return spawn('java', [...jvm, 'dev.weir.files.Fetch', plan, folder], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs the program to its end. What it says on standard error must be one line, and the container's last words. */
async function fetchAll(lines: string[], properties?: Record<string, string>): Promise<Outcome> {
  const child = await start(lines, properties)
  const texts = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.error += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  expect(texts.error).toBe(code === 0 ? '' : `${await readFile(join(work, 'termination-log'), 'utf8')}\n`)
  expect(texts.error.trimEnd()).not.toContain('\n')
  return { code, out: texts.out.trimEnd().split('\n'), error: texts.error.trimEnd(), files: await filesIn(folder) }
}

const one = (path: string, ...options: string[]) => fetchAll([OPEN, ...options, `extra/job.jar\t${base}${path}`])
const impatient = () => fetchAll([OPEN, `extra/job.jar\t${base}/job.jar`], { 'stall-ms': '500' })

async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(root.length + 1))
    .sort()
}

async function image(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(work, 'image', path, '..'), { recursive: true })
    await writeFile(join(work, 'image', path), path)
  }
}

describe('a plan is carried out', () => {
  test('from the image and from the web, in its order, each file with its size and SHA-256', async () => {
    await image('/opt/flink/opt/s3.jar', '/opt/other/a.jar')
    answer = (_, response) => response.setHeader('content-length', JAR.length).end(JAR)
    const { code, out, files } = await fetchAll([
      OPEN,
      'plugins/s3/s3.jar\t/opt/flink/opt/s3.jar',
      'extra/a.jar\tlocal:///opt/other/a.jar',
      `extra/job.jar\t${base}/x/job.jar?y=1`,
    ])
    expect({ code, files }).toEqual({ code: 0, files: ['extra/a.jar', 'extra/job.jar', 'plugins/s3/s3.jar'] })
    expect(out.filter((line) => line.startsWith('done '))).toEqual([
      expect.stringMatching(/^done plugins\/s3\/s3\.jar 21 [0-9a-f]{64}$/),
      expect.stringMatching(/^done extra\/a\.jar 16 /),
      `done extra/job.jar ${JAR.length} ${SHA256}`,
    ])
    expect(await readFile(join(folder, 'extra/job.jar'))).toEqual(JAR)
    expect(await readFile(join(folder, 'plugins/s3/s3.jar'), 'utf8')).toBe('/opt/flink/opt/s3.jar')
  })

  test.each([
    ['SHA-256', SHA256],
    ['SHA-1', createHash('sha1').update(JAR).digest('hex')],
    ['SHA-512', createHash('sha512').update(JAR).digest('hex')],
  ])('a file is taken whose %s is the one that was told, and no other', async (algorithm, sum) => {
    answer = (_, response) => response.end(JAR)
    expect(await fetchAll([OPEN, `extra/job.jar\t${base}/job.jar\t${algorithm}:${sum.toUpperCase()}`])).toMatchObject({
      code: 0,
      files: ['extra/job.jar'],
    })
    const wrong = '0'.repeat(sum.length)
    expect(await fetchAll([OPEN, `extra/other.jar\t${base}/job.jar\t${algorithm}:${wrong}`])).toMatchObject({
      code: NEVER,
      files: ['extra/job.jar'],
      error: expect.stringContaining(`its ${algorithm} is ${sum}, not ${wrong}`),
    })
  })

  test('whatever way the server tells where the file ends', async () => {
    for (const way of ['chunked', 'close'] as const) {
      answer = (_, response) => {
        if (way === 'close') response.useChunkedEncodingByDefault = false
        response.write(JAR.subarray(0, 70_000), () => response.end(JAR.subarray(70_000)))
      }
      expect((await one('/job.jar')).out.at(-1)).toBe(`done extra/job.jar ${JAR.length} ${SHA256}`)
    }
  })

  test('a long download tells how far it is', async () => {
    answer = (_, response) => {
      response.setHeader('content-length', JAR.length).write(JAR.subarray(0, 45_000))
      setTimeout(() => response.write(JAR.subarray(45_000, 46_000)), 1_200)
      setTimeout(() => response.end(JAR.subarray(46_000)), 1_300)
    }
    const { out } = await one('/job.jar')
    expect(out).toContain('fetching job.jar: 46 %')
    expect(out.length).toBeLessThanOrEqual(4)
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
      "local:///opt/flink/opt/flink-s3-fs-hadop-1.17.1.jar can't be fetched: it is not part of the image; the nearest " +
        'names in /opt/flink/opt are flink-s3-fs-hadoop-1.18.1.jar, flink-s3-fs-presto-1.17.1.jar, flink-python-1.17.1.jar',
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
    answer = (_, response) => response.writeHead(status).end('words of the server')
    expect(await one('/job.jar')).toMatchObject({ code, error: expect.stringContaining(words), files: [] })
  })

  test.each([
    ['a web page', { 'content-type': 'text/html; charset=utf-8' }, 'a web page, not with a jar'],
    ['an encoding that nobody asked for', { 'content-encoding': 'gzip' }, 'encoded (gzip)'],
  ])('%s is refused', async (_, headers, words) => {
    answer = (_request, response) => response.writeHead(200, headers).end(JAR)
    expect(await one('/job.jar')).toMatchObject({ code: NEVER, error: expect.stringContaining(words), files: [] })
  })

  test.each([
    ['with a declared size', true],
    ['without one', false],
  ])('a file %s that is too large is refused', async (_, declared) => {
    answer = (_request, response) => {
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
    answer = how
    expect(await impatient()).toMatchObject({ code: LATER, error: expect.stringContaining(words), files: [] })
  })

  test('when nothing listens', async () => {
    await close(server)
    expect(await one('/job.jar')).toMatchObject({
      code: LATER,
      error: expect.stringContaining('connection refused'),
      files: [],
    })
  })

  test('and is tried again, as often as the plan says', async () => {
    let requests = 0
    answer = (_, response) => (++requests < 3 ? response.writeHead(503).end() : response.end(JAR))
    const { code, out } = await one('/job.jar', '!attempts 3')
    expect({ code, requests }).toEqual({ code: 0, requests: 3 })
    expect(out.filter((line) => line.startsWith('trying again in ')).map((line) => line.slice(0, 30))).toEqual([
      'trying again in 10 ms (2 of 3)',
      'trying again in 20 ms (3 of 3)',
    ])
    answer = (_, response) => void (requests++, response.writeHead(404).end())
    await one('/job.jar', '!attempts 3')
    expect(requests).toBe(4)
  })

  test('and what a killed run left is overwritten by the next', async () => {
    answer = (_, response) => response.setHeader('content-length', JAR.length).write(JAR.subarray(0, 60_000))
    const child = await start([OPEN, `extra/job.jar\t${base}/job.jar`])
    const part = join(folder, 'extra/.job.jar.part')
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
    expect(await filesIn(folder)).toEqual(['extra/.job.jar.part'])
    answer = (_, response) => response.end(JAR)
    expect(await one('/job.jar')).toMatchObject({ code: 0, files: ['extra/job.jar'] })
    expect(await readFile(join(folder, 'extra/job.jar'))).toEqual(JAR)
  })
})

describe('addresses', () => {
  test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1'])(
    '%s is refused unless allowed',
    async (host) => {
      let requests = 0
      answer = (_, response) => void (requests++, response.end(JAR))
      const { port } = new URL(base)
      const { code, error, files } = await fetchAll(['!attempts 5', `extra/job.jar\thttp://${host}:${port}/job.jar`])
      expect({ code, files, requests }).toEqual({ code: NEVER, files: [], requests: 0 })
      expect(error).toMatch(
        /special address; the server's owner can allow it with --allow-address [0-9a-f.:]+\/(32|128)$/,
      )
    },
  )

  test('are judged as the server judges them', async () => {
    const edges = [
      '0.0.0.0/8',
      '10.0.0.0/8',
      '100.64.0.0/10',
      '127.0.0.0/8',
      '169.254.0.0/16',
      '172.16.0.0/12',
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.31.196.0/24',
      '192.52.193.0/24',
      '192.88.99.0/24',
      '192.168.0.0/16',
      '192.175.48.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '224.0.0.0/4',
      '240.0.0.0/4',
    ].flatMap((range) => {
      const [address = '', bits = ''] = range.split('/')
      const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
      const size = 2 ** (32 - Number(bits))
      return [first - 1, first, first + size - 1, first + size]
        .filter((each) => each >= 0 && each < 2 ** 32)
        .map((each) => [24, 16, 8, 0].map((shift) => Math.floor(each / 2 ** shift) % 256).join('.'))
    })
    const others = [
      '::',
      '::1',
      '::2',
      '::ffff:10.0.0.1',
      '::ffff:8.8.8.8',
      '::ffff:0:7f00:1',
      '64:ff9b::7f00:1',
      '64:ff9b:1::1',
      '100::1',
      '2001::1',
      '2001:1ff::1',
      '2001:200::1',
      '2001:db8::1',
      '2001:4860::1',
      '2002:7f00:1::',
      '2606:2800:220:1::1',
      '2620:4f:8000::1',
      '3fff::1',
      '5f00::1',
      'fbff::1',
      'fc00::1',
      'fd12::1',
      'fe80::1',
      'fec0::1',
      'ff02::1',
      '8.8.8.8',
      '10.9.8.7',
      '11.0.0.1',
    ]
    const source = join(work, 'Probe.java')
    await writeFile(
      source,
      `package dev.weir.files; class Probe { public static void main(String[] all) throws Exception {
      Addresses rule = new Addresses(java.util.Arrays.asList("10.9.0.0/16", "fd00::/8"));
      for (String each : all) System.out.println(rule.allows(java.net.InetAddress.getByName(each))); } }`,
    )
    await exec('javac', ['-cp', program, '-d', work, source])
    const addresses = [...edges, ...others]
    const { stdout } = await exec('java', ['-cp', `${program}:${work}`, 'dev.weir.files.Probe', ...addresses])
    const verdicts = stdout
      .trimEnd()
      .split('\n')
      .map((verdict, i) => `${addresses[i]} ${verdict}`)
    expect(verdicts).toEqual(
      addresses.map((address) => `${address} ${addressRule(['10.9.0.0/16', 'fd00::/8'])(address)}`),
    )
  })

  test('a range that is none is named', async () => {
    const error = expect.stringContaining('"10.0.0.1" is not a range')
    expect(await fetchAll(['!allow 10.0.0.1', 'extra/x.jar\t/x.jar'])).toMatchObject({ code: NEVER, error })
  })

  test('a name that nobody knows is told', async () => {
    const error = expect.stringContaining('the name of its host')
    expect(await fetchAll(['extra/x.jar\thttp://no-such-host.invalid/x.jar'])).toMatchObject({ error, files: [] })
  })
})

describe('redirects', () => {
  test.each(['/stored/0815', '0815', '../y/0815?a=b'])('to %s are followed, and the name stays', async (location) => {
    answer = (request, response) =>
      request.url === '/x/job.jar'
        ? response.writeHead(302, { location }).end()
        : response.end(request.url?.includes('0815') ? JAR : 'no')
    expect(await one('/x/job.jar')).toMatchObject({ code: 0, files: ['extra/job.jar'] })
    expect(await readFile(join(folder, 'extra/job.jar'))).toEqual(JAR)
  })

  test.each([
    ['to a forbidden address', 'http://127.0.0.2:1/job.jar', '127.0.0.2 is a loopback'],
    [
      'to the metadata service of a cloud',
      'http://169.254.169.254/job.jar',
      '169.254.169.254 is a loopback, private or otherwise special',
    ],
    ['to another scheme', 'file:///etc/passwd', 'is not followed'],
    ['in a circle', '/job.jar', 'more than 5 times'],
    ['to nowhere', 'http://[', 'is no URI'],
  ])('%s are refused', async (_, location, words) => {
    answer = (_request, response) => response.writeHead(302, { location }).end()
    expect(await one('/job.jar')).toMatchObject({ code: NEVER, error: expect.stringContaining(words), files: [] })
  })

  test('do not carry credentials to another server', async () => {
    const seen: (string | undefined)[] = []
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.end(JAR)
    })
    const elsewhere = `http://127.0.0.1:${await listen(other)}/job.jar`
    answer = (request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(302, { location: request.url === '/job.jar' ? '/again.jar' : elsewhere }).end()
    }
    const { code } = await fetchAll([OPEN, `extra/job.jar\t${base.replace('//', '//us%20er:pass@')}/job.jar`])
    await close(other)
    const basic = `Basic ${Buffer.from('us er:pass').toString('base64')}`
    expect({ code, seen }).toEqual({ code: 0, seen: [basic, basic, undefined] })
  })
})

describe('by TLS', () => {
  let secure: Server
  let store: string
  let uri: string
  let secureAnswer: RequestListener

  beforeAll(async () => {
    store = join(machine, 'store.p12')
    await exec('keytool', [
      '-genkeypair',
      '-alias',
      'x',
      '-keyalg',
      'EC',
      '-dname',
      'CN=x',
      '-ext',
      'san=ip:127.0.0.1',
      '-storetype',
      'PKCS12',
      '-keystore',
      store,
      '-storepass',
      'changeit',
    ])
  })

  beforeEach(async () => {
    secureAnswer = (_, response) => response.end(JAR)
    const pfx = await readFile(store)
    secure = createSecureServer(
      { pfx, passphrase: 'changeit' },
      (request, response) => void secureAnswer(request, response),
    )
    uri = `https://127.0.0.1:${await listen(secure)}/job.jar`
  })

  afterEach(() => close(secure))

  const trusting = (what = uri) =>
    fetchAll([OPEN, `extra/job.jar\t${what}`], {
      'javax.net.ssl.trustStore': store,
      'javax.net.ssl.trustStorePassword': 'changeit',
    })

  test('files come from hosts whose certificate is trusted', async () => {
    expect((await trusting()).out.at(-1)).toBe(`done extra/job.jar ${JAR.length} ${SHA256}`)
  })

  test('others are refused, and so are certificates of other hosts', async () => {
    const error = expect.stringContaining('certificate is not trusted')
    expect(await fetchAll([OPEN, `extra/job.jar\t${uri}`])).toMatchObject({ code: NEVER, error, files: [] })
    expect(await trusting(uri.replace('127.0.0.1', 'localhost'))).toMatchObject({ code: NEVER, error, files: [] })
  })

  test('a redirect out of it is not followed', async () => {
    secureAnswer = (_, response) => response.writeHead(302, { location: `${base}/job.jar` }).end()
    expect(await trusting()).toMatchObject({
      code: NEVER,
      error: expect.stringContaining('from https:// that is not followed'),
      files: [],
    })
  })

  test('a host that does not speak it is told so', async () => {
    const error = expect.stringContaining('does not speak TLS')
    expect(await fetchAll([OPEN, `extra/job.jar\t${base.replace('http:', 'https:')}/job.jar`])).toMatchObject({
      code: NEVER,
      error,
    })
  })
})

describe('what it says', () => {
  test('never holds credentials', async () => {
    answer = (request, response) =>
      request.url?.startsWith('/job.jar')
        ? response.writeHead(503).end()
        : response.writeHead(302, { location: 'ftp://u:hunter2@h/x?5ec2e7' }).end()
    for (const path of ['/job.jar', '/redirected.jar']) {
      const uri = `${base.replace('//', '//user:hunter2@')}${path}?X-Amz-Signature=5ec2e7#5ec2e7`
      const { out, error } = await fetchAll([OPEN, '!attempts 2', `extra/job.jar\t${uri}`])
      expect(error).toContain(`${base}${path} can't be fetched`)
      expect([...out, error].join('\n')).not.toMatch(/hunter2|5ec2e7/)
    }
  })

  test.each([
    'http://user:hun/ter2@h/x.jar',
    'http://user:hunter2#ter2@h/x.jar',
    'http://user?ter2@h/x.jar',
    'user:ter2@h/x.jar',
    's3://k:ter2@b/x.jar',
  ])('nor does it where they make the URI odd: %s', async (uri) => {
    const { code, error } = await fetchAll([`extra/x.jar\t${uri}`])
    expect(code).toBe(NEVER)
    expect(error).not.toContain('ter2')
  })

  test.each([
    [
      'file:///tmp/job.jar',
      'this version of Weir does not fetch file: URIs; what works are http:// and https://, s3:// and others',
    ],
    ['job.jar', 'it has no scheme'],
    ['local://host/x.jar', 'does not fetch local: URIs'],
  ])('of %s is what works, before anything is fetched', async (uri, words) => {
    let requests = 0
    answer = (_, response) => void (requests++, response.end(JAR))
    const { code, error } = await fetchAll([OPEN, `extra/a.jar\t${base}/a.jar`, `extra/job.jar\t${uri}`])
    expect({ code, requests }).toEqual({ code: NEVER, requests: 0 })
    expect(error).toContain(`${uri} can't be fetched: `)
    expect(error).toContain(words)
  })

  test("of a file of Flink's file systems where there is no Flink is just that", async () => {
    const { code, error } = await fetchAll(['extra/x.jar\ts3://bucket/x.jar'])
    expect(code).toBe(NEVER)
    expect(error).toMatch(
      /^s3:\/\/bucket\/x\.jar can't be fetched: Flink's file system for s3:\/\/ could not be loaded/,
    )
  })

  test.each(['extra/../../x.jar', '/etc/x.jar', 'extra//x.jar'])(
    'of a target outside of the folder (%s) is that it is none',
    async (target) => {
      const error = expect.stringContaining('is not a path below a folder')
      expect(await fetchAll([OPEN, `${target}\t${base}/x.jar`])).toMatchObject({ code: NEVER, error, files: [] })
    },
  )
})
