import { readFile, writeFile } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addressRule } from '../../artifacts/addresses.ts'
import { PROVIDER_RANGES, SPECIAL_RANGES } from '../../artifacts/special-addresses.ts'
import { close, exec, fetchAll, JAR, listen, NEVER, OPEN, one, run, SHA256, useFetchProgram } from './fetch.fixture.ts'

useFetchProgram()

describe('addresses', () => {
  test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1'])(
    '%s is refused unless allowed',
    async (host) => {
      let requests = 0
      run.answer = (_, response) => void (requests++, response.end(JAR))
      const { port } = new URL(run.base)
      const { code, error, files } = await fetchAll(['!attempts 5', `extra/job.jar\thttp://${host}:${port}/job.jar`])
      expect({ code, files, requests }).toEqual({ code: NEVER, files: [], requests: 0 })
      expect(error).toMatch(
        /special address; the server's owner can allow it with --allow-address [0-9a-f.:]+\/(32|128)$/,
      )
    },
  )

  test('are judged as the server judges them', async () => {
    const edges = [...SPECIAL_RANGES, ...PROVIDER_RANGES]
      .map(({ range }) => range)
      .filter((range) => range.includes('.'))
      .flatMap((range) => {
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
      '64:ff9b::808:808',
      '64:ff9b::a09:807',
      '64:ff9b::a9fe:a9fe',
      'fd00:ec2::254',
      'fd20:ce::254',
      '4000::1',
      '9000::1',
      '400::1',
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
    const source = join(run.work, 'Probe.java')
    await writeFile(
      source,
      `package dev.weir.files; class Probe { public static void main(String[] all) throws Exception {
      Addresses rule = new Addresses(java.util.Arrays.asList("10.9.0.0/16", "fd00::/8"));
      for (String each : all) System.out.println(rule.allows(java.net.InetAddress.getByName(each))); } }`,
    )
    await exec('javac', ['-cp', run.program, '-d', run.work, source])
    const addresses = [...edges, ...others]
    const { stdout } = await exec('java', ['-cp', `${run.program}:${run.work}`, 'dev.weir.files.Probe', ...addresses])
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
    run.answer = (request, response) =>
      request.url === '/x/job.jar'
        ? response.writeHead(302, { location }).end()
        : response.end(request.url?.includes('0815') ? JAR : 'no')
    expect(await one('/x/job.jar')).toMatchObject({ code: 0, files: ['extra/job.jar'] })
    expect(await readFile(join(run.folder, 'extra/job.jar'))).toEqual(JAR)
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
    run.answer = (_request, response) => response.writeHead(302, { location }).end()
    expect(await one('/job.jar')).toMatchObject({ code: NEVER, error: expect.stringContaining(words), files: [] })
  })

  test('do not carry credentials to another server', async () => {
    const received: (string | undefined)[] = []
    const other = createServer((request, response) => {
      received.push(request.headers.authorization)
      response.end(JAR)
    })
    const elsewhere = `http://127.0.0.1:${await listen(other)}/job.jar`
    run.answer = (request, response) => {
      received.push(request.headers.authorization)
      response.writeHead(302, { location: request.url === '/job.jar' ? '/again.jar' : elsewhere }).end()
    }
    const { code } = await fetchAll([OPEN, `extra/job.jar\t${run.base.replace('//', '//us%20er:pass@')}/job.jar`])
    await close(other)
    const basic = `Basic ${Buffer.from('us er:pass').toString('base64')}`
    expect({ code, received }).toEqual({ code: 0, received: [basic, basic, undefined] })
  })
})

describe('by TLS', () => {
  let secure: Server
  let store: string
  let uri: string
  let secureAnswer: RequestListener

  beforeAll(async () => {
    store = join(run.machine, 'store.p12')
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
    secureAnswer = (_, response) => response.writeHead(302, { location: `${run.base}/job.jar` }).end()
    expect(await trusting()).toMatchObject({
      code: NEVER,
      error: expect.stringContaining('from https:// that is not followed'),
      files: [],
    })
  })

  test('a host that does not speak it is told so', async () => {
    const error = expect.stringContaining('does not speak TLS')
    expect(await fetchAll([OPEN, `extra/job.jar\t${run.base.replace('http:', 'https:')}/job.jar`])).toMatchObject({
      code: NEVER,
      error,
    })
  })
})

describe('what it says', () => {
  test('never holds credentials', async () => {
    run.answer = (request, response) =>
      request.url?.startsWith('/job.jar')
        ? response.writeHead(503).end()
        : response.writeHead(302, { location: 'ftp://u:hunter2@h/x?5ec2e7' }).end()
    for (const path of ['/job.jar', '/redirected.jar']) {
      const uri = `${run.base.replace('//', '//user:hunter2@')}${path}?X-Amz-Signature=5ec2e7#5ec2e7`
      const { out, error } = await fetchAll([OPEN, '!attempts 2', `extra/job.jar\t${uri}`])
      expect(error).toContain(`${run.base}${path} can't be fetched`)
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
    run.answer = (_, response) => void (requests++, response.end(JAR))
    const { code, error } = await fetchAll([OPEN, `extra/a.jar\t${run.base}/a.jar`, `extra/job.jar\t${uri}`])
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
      expect(await fetchAll([OPEN, `${target}\t${run.base}/x.jar`])).toMatchObject({ code: NEVER, error, files: [] })
    },
  )
})
