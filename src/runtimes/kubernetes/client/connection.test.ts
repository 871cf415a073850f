import dns from 'node:dns'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { request } from 'undici'
import { describe, expect, test, vi } from 'vitest'

import { manualClock } from '../../../../tests/support/clock.ts'
import type { KubeClusterConfig } from '../../../domain/kubernetes.ts'
import { kubeApi } from './api.ts'
import { authority, base64 } from './certificates.fixture.ts'
import { type ConnectOptions, connect } from './connection.ts'
import { KubeUnreachable } from './errors.ts'
import { testProxy, testSocks } from './proxy.fixture.ts'
import { answer, refuse, testServer } from './server.fixture.ts'

const SECRET = 'sEcReT-tOkEn'
const ours = authority()
const others = authority('another authority')
const local = { ...ours.issue('server', ['127.0.0.1']), ca: ours.cert }
const EKS = { clusterName: 'c', region: 'eu-west-1', accessKeyId: 'AK', secretAccessKey: SECRET }
const CA = { certificateAuthorityData: base64(ours.cert) }

/** The answer to one request, or the error. */
async function ask(config: KubeClusterConfig, options: ConnectOptions & { times?: number } = {}): Promise<unknown> {
  let connection: ReturnType<typeof connect> | undefined
  try {
    connection = connect(config, options)
    const api = kubeApi(connection, { timeoutMs: 5000 })
    return await api.get('/version')
  } catch (error) {
    return error
  } finally {
    await connection?.close()
  }
}

const whoAsks = (tls?: Parameters<typeof testServer>[1]) =>
  testServer(({ headers, client }, response) => {
    answer(response, 200, { authorization: headers.authorization, client })
  }, tls)

describe('credentials', () => {
  test.each([
    ['a token', { bearerToken: { token: `${SECRET}\n` } }, `Bearer ${SECRET}`],
    ['a password', { basic: { username: 'me', password: SECRET } }, `Basic ${base64(`me:${SECRET}`)}`],
    ['keys of AWS', { awsEksIam: EKS }, expect.stringMatching(/^Bearer k8s-aws-v1\./)],
    ['nothing', {}, undefined],
  ])('%s goes into a header', async (_what, auth, authorization) => {
    await using server = await whoAsks()
    expect(await ask({ cluster: { server: server.url }, auth })).toEqual({ authorization })
  })

  test('a client certificate is shown', async () => {
    await using server = await whoAsks({ ...local, requestCert: true, rejectUnauthorized: true })
    const mine = ours.issue('me')
    const auth = { clientCertificate: { clientCertificateData: base64(mine.cert), clientKeyData: base64(mine.key) } }
    expect(await ask({ cluster: { server: server.url, ...CA }, auth })).toEqual({ client: 'me' })
    expect(await ask({ cluster: { server: server.url, ...CA }, auth: {} })).toBeInstanceOf(KubeUnreachable)
  })

  test('whoever uses the dispatcher is identified, whatever headers they send, and nowhere else', async () => {
    await using server = await whoAsks()
    await using stranger = await whoAsks()
    const { dispatcher, close } = connect({ cluster: { server: server.url }, auth: { bearerToken: { token: SECRET } } })
    for (const headers of [
      { Authorization: 'mine', 'x-a': 'b' },
      ['Authorization', 'mine', 'x-a', 'b'],
      new Map([
        ['Authorization', 'mine'],
        ['x-a', 'b'],
      ]),
    ]) {
      await (await request(`${server.url}/proxy`, { dispatcher, headers })).body.json()
    }
    expect(server.received.map(({ headers }) => [headers.authorization, headers['x-a']])).toEqual(
      Array(3).fill([`Bearer ${SECRET}`, 'b']),
    )
    await expect(request(stranger.url, { dispatcher })).rejects.toThrow('leads to')
    expect(stranger.received).toEqual([])
    await close()
  })

  test('stand in no error', async () => {
    await using silent = await testServer((_request, response) => {
      response.destroy()
    })
    await using refusing = await testServer((_request, response) => {
      refuse(response, 403, 'Forbidden', 'no')
    })
    await using untrusted = await whoAsks(others.issue('server', ['127.0.0.1']))
    const auths: KubeClusterConfig['auth'][] = [
      { bearerToken: { token: SECRET } },
      { basic: { username: 'me', password: SECRET } },
      { awsEksIam: EKS },
      {
        clientCertificate: {
          clientCertificateData: base64(ours.issue('me').cert),
          clientKeyData: base64(`-----BEGIN PRIVATE KEY-----\n${SECRET}`),
        },
      },
    ]
    const clusters = [
      { server: silent.url },
      { server: refusing.url },
      { server: untrusted.url, ...CA },
      { server: 'http://127.0.0.1:1' },
      { server: `https://me:${SECRET}@127.0.0.1:1` },
      { server: `nonsense ${SECRET}` },
      { server: 'https://h', certificateAuthorityData: SECRET },
      { server: 'https://127.0.0.1:1', proxyUrl: `http://me:${SECRET}@127.0.0.1:1` },
      { server: 'https://h', proxyUrl: `ftp://${SECRET}` },
    ]
    const needles = [SECRET, base64(`me:${SECRET}`), base64(SECRET), 'k8s-aws-v1']
    for (const auth of auths) {
      for (const cluster of clusters) {
        const error = await ask({ cluster, auth })
        expect(error).toBeInstanceOf(Error)
        const shown = inspect(error, { depth: 10 }) + JSON.stringify(error)
        expect(needles.filter((needle) => shown.includes(needle))).toEqual([])
      }
    }
  })
})

describe('TLS', () => {
  const problem = async (
    cluster: KubeClusterConfig['cluster'],
    tls: Parameters<typeof testServer>[1],
  ): Promise<string> => {
    await using server = await whoAsks(tls)
    const outcome = await ask({ cluster: { server: server.url, ...cluster }, auth: {} })
    return outcome instanceof Error ? outcome.message : 'well'
  }

  test('the authority given is trusted, and no other', async () => {
    expect(await problem(CA, local)).toBe('well')
    expect(await problem({}, local)).toMatch(/unknown authority .*certificateAuthorityData/)
    expect(await problem({ certificateAuthorityData: base64(others.cert) }, local)).toMatch(/unknown authority/)
  })

  test('a certificate for another name needs that name as tlsServerName', async () => {
    const named = { ...ours.issue('server', ['kubernetes.example']), ca: ours.cert }
    expect(await problem(CA, named)).toMatch(/other names.*tlsServerName/)
    expect(await problem({ ...CA, tlsServerName: 'kubernetes.example' }, named)).toBe('well')
  })

  test('nothing is checked only where that is asked for', async () => {
    expect(await problem({ insecureSkipTlsVerify: true }, others.issue('x', ['elsewhere.example'], -1))).toBe('well')
  })

  test('an old certificate is told as that', async () => {
    expect(await problem(CA, ours.issue('server', ['127.0.0.1'], -1))).toMatch(/has expired/)
  })

  test('plain HTTP behind https:// is told as that', async () => {
    await using server = await whoAsks()
    expect(String(await ask({ cluster: { server: server.url.replace('http:', 'https:') }, auth: {} }))).toMatch(
      /does not speak TLS/,
    )
  })

  test('what is no certificate is told at once', async () => {
    expect(String(await ask({ cluster: { server: 'https://h', certificateAuthorityData: 'bm8=' }, auth: {} }))).toMatch(
      /certificateAuthorityData.*PEM/,
    )
  })

  test('requests share connections', async () => {
    await using server = await whoAsks(local)
    const connection = connect({ cluster: { server: server.url, ...CA }, auth: {} })
    const api = kubeApi(connection)
    for (let turn = 0; turn < 5; turn += 1) await api.get('/version')
    expect(server.connections()).toBeLessThanOrEqual(2)
    await connection.close()
    expect(await api.get('/version').catch((error: unknown) => String(error))).toMatch(/closed here/)
  })
})

describe('proxies', () => {
  test('of HTTP lead through a tunnel, in which TLS is checked as ever', async () => {
    await using server = await whoAsks({ ...ours.issue('server', ['kubernetes.example']), ca: ours.cert })
    await using proxy = await testProxy({ 'kubernetes.invalid:6443': server.port })
    const cluster = {
      server: 'https://kubernetes.invalid:6443',
      proxyUrl: `http://me:pw@127.0.0.1:${proxy.port}`,
      ...CA,
    }
    const auth = { bearerToken: { token: SECRET } }
    expect(await ask({ cluster: { ...cluster, tlsServerName: 'kubernetes.example' }, auth })).toMatchObject({
      authorization: `Bearer ${SECRET}`,
    })
    expect(proxy.received).toEqual([{ target: 'kubernetes.invalid:6443', authorization: `Basic ${base64('me:pw')}` }])
    expect(String(await ask({ cluster, auth }))).toMatch(/other names/)
  })

  test('that refuse, or are not there, are named', async () => {
    await using proxy = await testProxy({})
    const through = (port: number) =>
      ask({ cluster: { server: 'https://kubernetes.invalid:6443', proxyUrl: `http://127.0.0.1:${port}` }, auth: {} })
    expect(String(await through(proxy.port))).toMatch(
      new RegExp(`through the proxy 127.0.0.1:${proxy.port}.*the proxy refused .*403`),
    )
    expect(String(await through(1))).toMatch(/through the proxy 127.0.0.1:1\).*connection refused/)
  })

  test('of SOCKS work too', async () => {
    await using server = await whoAsks({ ...ours.issue('server', ['kubernetes.example']), ca: ours.cert })
    await using proxy = await testSocks(server.port)
    const cluster = { server: 'https://kubernetes.example:6443', proxyUrl: `socks5://127.0.0.1:${proxy.port}`, ...CA }
    expect(await ask({ cluster, auth: { bearerToken: { token: SECRET } } })).toMatchObject({
      authorization: `Bearer ${SECRET}`,
    })
    expect(proxy.received).toEqual([{ target: 'kubernetes.example:6443' }])
  })
})

describe('inside the cluster', () => {
  async function inCluster(
    use: (folder: string, server: Awaited<ReturnType<typeof whoAsks>>, env: NodeJS.ProcessEnv) => Promise<void>,
  ): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'service-account-'))
    await using server = await whoAsks(local)
    await writeFile(join(folder, 'ca.crt'), ours.cert)
    await writeFile(join(folder, 'token'), 'one\n')
    try {
      await use(folder, server, { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(server.port) })
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('address, authority and token are those of the pod, and a new token is used within a minute', async () => {
    await inCluster(async (inClusterFolder, _server, env) => {
      const clock = manualClock()
      const connection = connect({ cluster: {}, auth: { inCluster: {} } }, { env, inClusterFolder, clock })
      const api = kubeApi(connection)
      const shown = async (): Promise<string> => (await api.get<{ authorization: string }>('/version')).authorization
      expect(await shown()).toBe('Bearer one')
      await writeFile(join(inClusterFolder, 'token'), 'two\n')
      expect(await shown()).toBe('Bearer one')
      await clock.advance(60_000)
      expect(await shown()).toBe('Bearer two')
      await rm(join(inClusterFolder, 'token'))
      await clock.advance(60_000)
      expect(await shown()).toBe('Bearer two')
      await connection.close()
    })
  })

  test('outside of it there is an error that says so', async () => {
    expect(String(await ask({ cluster: {}, auth: { inCluster: {} } }, { env: {} }))).toMatch(
      /KUBERNETES_SERVICE_HOST.*in a pod/,
    )
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    expect(String(await ask({ cluster: {}, auth: { inCluster: {} } }, { env, inClusterFolder: '/nowhere' }))).toMatch(
      /ca.crt can't be read .*service account/,
    )
  })

  test('a token that is refused is read again at once, and once', async () => {
    await inCluster(async (inClusterFolder, _server, env) => {
      const tokens: (string | undefined)[] = []
      await using strict = await testServer(({ headers }, response) => {
        tokens.push(headers.authorization)
        if (headers.authorization === 'Bearer two') answer(response, 200, {})
        else refuse(response, 401, 'Unauthorized', 'Unauthorized')
      }, local)
      const connection = connect({ cluster: { server: strict.url }, auth: { inCluster: {} } }, { env, inClusterFolder })
      const api = kubeApi(connection)
      await expect(api.get('/version')).rejects.toMatchObject({ status: 401 })
      expect(tokens.splice(0)).toEqual(['Bearer one', 'Bearer one'])
      await writeFile(join(inClusterFolder, 'token'), 'two')
      await api.get('/version')
      expect(tokens).toEqual(['Bearer one', 'Bearer two'])
      await connection.close()
    })
  })
})

test('a token for EKS is made anew before it ends', async () => {
  await using server = await whoAsks()
  const clock = manualClock()
  const auth = { awsEksIam: EKS }
  const connection = connect({ cluster: { server: server.url }, auth }, { clock })
  const api = kubeApi(connection)
  for (const minutes of [0, 13, 2]) {
    await clock.advance(minutes * 60_000)
    await api.get('/version')
  }
  const tokens = server.received.map(({ headers }) => headers.authorization)
  expect([tokens[0] === tokens[1], tokens[1] === tokens[2]]).toEqual([true, false])
  await connection.close()
})

describe('addresses', () => {
  test.each([
    'http://169.254.169.254',
    'https://[fd00:ec2::254]',
    'http://168.63.129.16',
    'http://0.0.0.0:8080',
    'http://2852039166',
    'http://[::ffff:169.254.169.254]',
    'http://224.0.0.1',
  ])("%s is no API server's, nor a proxy's, and is not connected to", async (url) => {
    for (const cluster of [{ server: url }, { server: 'http://10.255.255.1', proxyUrl: url }]) {
      const error = await ask({ cluster, auth: {} })
      expect(error).toBeInstanceOf(KubeUnreachable)
      expect((error as Error).message).toContain('no API server is at such an address')
    }
  })

  test('what the owner allows is connected to', async () => {
    const allowed = { cluster: { server: 'http://198.18.0.1' }, auth: {} }
    expect(() => connect(allowed)).toThrow('no API server is at such an address')
    await connect(allowed, { allowAddresses: ['198.18.0.0/15'] }).close()
  })

  test('a name that leads to one is not connected to either, when the connection is made', async () => {
    const lookup = vi.spyOn(dns, 'lookup') as unknown as { mockImplementation(to: unknown): void; mockRestore(): void }
    lookup.mockImplementation((_: string, __: object, callback: (error: null, found: object[]) => void) =>
      callback(null, [{ address: '169.254.169.254', family: 4 }]),
    )
    try {
      for (const cluster of [
        { server: 'http://rebound.example' },
        ...['http', 'socks5'].map((scheme) => ({
          server: 'https://10.255.255.1',
          proxyUrl: `${scheme}://rebound.example:3128`,
        })),
      ]) {
        const error = await ask({ cluster, auth: {} })
        expect((error as Error).message).toContain('rebound.example leads to 169.254.169.254: no API server is at such')
      }
    } finally {
      lookup.mockRestore()
    }
  })
})
