import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { CLUSTER_BODY, sharedApi, startApi } from '../../tests/support/api.ts'
import { authority, base64 } from '../../tests/support/certificates.ts'

const CLUSTERS = '/api/org/v1/clusters'
const SECRET = CLUSTER_BODY.kubeClusterConfig.auth.bearerToken.token
const server = 'https://kube.example:6443'
const idOf = (path: string): string => path.split('/').at(-1) ?? ''

describe('201', () => {
  test('a cluster is answered with the kind of its credentials and nothing else of them', async () => {
    const { call } = await startApi()
    const created = await call('POST', CLUSTERS, { body: CLUSTER_BODY })
    expect([created.status, created.headers.etag, created.headers.location]).toEqual([
      201,
      '"1"',
      `${CLUSTERS}/${created.body.id}`,
    ])
    expect(created.body).toEqual({
      id: expect.stringMatching(/^[A-Z0-9]{16}$/),
      name: 'prod',
      revision: 1,
      createdAt: '2025-01-31T12:00:00.000Z',
      updatedAt: '2025-01-31T12:00:00.000Z',
      kubeClusterConfig: { cluster: { server }, auth: { kind: 'bearerToken' } },
      status: { stale: false, conditions: [] },
    })
    expect((await call('GET', created.headers.location!)).body).toEqual(created.body)
    expect((await call('GET', CLUSTERS)).body).toEqual({ items: [created.body] })
  })

  test('every way to be reached and to sign in is kept as it was given, for whoever looks after the cluster', async () => {
    const { cluster, store } = await startApi()
    const ca = authority()
    const { cert, key } = ca.issue('weir')
    const kinds = [
      { clientCertificate: { clientCertificateData: base64(cert), clientKeyData: base64(key) } },
      { basic: { username: 'me', password: 'p w' } },
      {
        awsEksIam: {
          clusterName: 'c',
          region: 'eu-west-1',
          accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
          secretAccessKey: 's',
          sessionToken: 't',
        },
      },
      { inCluster: {} },
    ]
    for (const [index, auth] of kinds.entries()) {
      const reached =
        'inCluster' in auth
          ? {}
          : {
              server,
              certificateAuthorityData: base64(ca.cert),
              tlsServerName: 'kube',
              proxyUrl: 'http://me:pw@proxy:3128',
              disableCompression: true,
            }
      const config = { cluster: reached, auth }
      const path = await cluster({ name: `c${index}`, kubeClusterConfig: config })
      expect(await store.kubeClusters.config(idOf(path))).toEqual(config)
    }
  })

  test('a request that is repeated with its Idempotency-Key makes one cluster', async () => {
    const { call } = await startApi()
    const ask = (body: object) => call('POST', CLUSTERS, { body, headers: { 'idempotency-key': 'k' } })
    const first = await ask(CLUSTER_BODY)
    expect((await ask(CLUSTER_BODY)).body).toEqual(first.body)
    expect((await ask({ ...CLUSTER_BODY, name: 'other' })).body.code).toBe('IDEMPOTENCY_KEY_REUSED')
    await call('DELETE', first.headers.location!)
    expect((await ask(CLUSTER_BODY)).body.code).toBe('IDEMPOTENCY_RESOURCE_GONE')
  })
})

describe('200 and 202', () => {
  test('credentials are renewed whole, and a PATCH that changes nothing counts for nothing', async () => {
    const { call, cluster, store } = await startApi()
    const path = await cluster()
    const { kubeClusterConfig } = CLUSTER_BODY
    expect((await call('PATCH', path, { body: { kubeClusterConfig, name: ' prod' } })).body.revision).toBe(1)
    const renewed = { cluster: { server: 'https://other' }, auth: { basic: { username: 'a', password: 'b' } } }
    const { body } = await call('PATCH', path, { body: { kubeClusterConfig: renewed }, headers: { 'if-match': '"1"' } })
    expect(body).toMatchObject({
      revision: 2,
      kubeClusterConfig: { cluster: renewed.cluster, auth: { kind: 'basic' } },
    })
    expect(await store.kubeClusters.config(idOf(path))).toEqual(renewed)
    expect((await call('PATCH', path, { body: { name: 'renamed' } })).body).toMatchObject({
      name: 'renamed',
      revision: 3,
    })
  })

  test('the list is walked by pages and narrowed by name', async () => {
    const { call, cluster } = await startApi()
    for (const name of ['a', 'b', 'c']) await cluster({ name })
    const first = (await call('GET', `${CLUSTERS}?limit=2`)).body
    expect((await call('GET', `${CLUSTERS}?limit=2&marker=${first.marker}`)).body.items).toMatchObject([{ name: 'c' }])
    expect((await call('GET', `${CLUSTERS}?name=b`)).body.items).toMatchObject([{ name: 'b' }])
  })

  test('a fresh look is asked for, and what was seen is told until it is too old', async () => {
    const { call, cluster, store, pass } = await startApi()
    const path = await cluster()
    const asked = await call('POST', `${path}/checks`)
    const checkRequestedAt = '2025-01-31T12:00:00.000Z'
    expect([asked.status, asked.body.status]).toEqual([202, { checkRequestedAt, stale: false, conditions: [] }])
    const observed = {
      observedAt: '2025-01-31T12:00:01.000Z',
      kubernetesVersion: '1.31',
      flinkVersions: ['v1_20'],
      conditions: [],
    }
    await store.kubeClusters.observed(idOf(path), observed)
    pass(31_000)
    expect((await call('GET', path)).body).toMatchObject({
      revision: 1,
      status: { ...observed, checkRequestedAt, stale: false },
    })
    pass(1)
    expect((await call('GET', path)).body.status.stale).toBe(true)
  })
})

describe('400 and 422', () => {
  const { cluster, auth } = CLUSTER_BODY.kubeClusterConfig
  const refused = async (kubeClusterConfig: unknown) => {
    const { status, body } = await sharedCall('POST', CLUSTERS, { body: { name: 'x', kubeClusterConfig } })
    return [status, ...body.details.map(({ path }: { path: string }) => path.replace('/kubeClusterConfig', '')).sort()]
  }
  const api = sharedApi()
  const sharedCall: ReturnType<typeof api>['call'] = (...call) => api().call(...call)

  test('there is exactly one kind of credentials', async () => {
    expect(await refused({ cluster, auth: {} })).toEqual([400, '/auth'])
    expect(await refused({ cluster, auth: { ...auth, inCluster: {} } })).toEqual([400, '/auth'])
    expect(await refused({ cluster, auth: { tokn: 'x' } })).toEqual([400, '/auth/tokn'])
    expect(await refused({ cluster, auth: { bearerToken: {} } })).toEqual([400, '/auth/bearerToken/token'])
    const { body } = await sharedCall('POST', CLUSTERS, {
      body: { name: 'x', kubeClusterConfig: { cluster, auth: {} } },
    })
    expect(body.details[0].message).toMatch(/must hold exactly one of clientCertificate, bearerToken/)
  })

  test('what cannot work is told with its field', async () => {
    expect(await refused({ cluster: {}, auth })).toEqual([422, '/cluster/server'])
    expect(await refused({ cluster, auth: { inCluster: {} } })).toEqual([422, '/cluster/server'])
    expect(await refused({ cluster: { ...cluster, certificateAuthorityData: 'AAAA' }, auth })).toEqual([
      422,
      '/cluster/certificateAuthorityData',
    ])
    expect(await refused({ cluster: { server: 'ftp://x', proxyUrl: 'x' }, auth })).toEqual([
      422,
      '/cluster/proxyUrl',
      '/cluster/server',
    ])
  })

  test('no answer and no line of the log repeats a credential, however wrong it is', async () => {
    const lines: string[] = []
    const sink = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk))
        done()
      },
    })
    const { call, cluster: create } = await startApi({ logger: pino({ level: 'trace' }, sink) })
    const path = await create({
      kubeClusterConfig: { cluster: { server, proxyUrl: `http://me:${SECRET}@proxy:1` }, auth },
    })
    const bodies = [
      { cluster: `https://me:${SECRET}@x`, auth: SECRET },
      { cluster: { server: SECRET, tlsServerName: `${SECRET}!` }, auth: { bearerToken: SECRET } },
      { cluster: { server: `https://me:${SECRET}@x` }, auth: { bearerToken: { token: [SECRET] } } },
      {
        cluster,
        auth: { awsEksIam: { clusterName: `${SECRET}!`, region: SECRET, accessKeyId: SECRET, secretAccessKey: 7 } },
      },
      { cluster, auth: { clientCertificate: { clientCertificateData: SECRET, clientKeyData: SECRET } } },
    ]
    const answers = [await call('GET', path), await call('GET', CLUSTERS)]
    for (const kubeClusterConfig of bodies) {
      answers.push(await call('POST', CLUSTERS, { body: { name: 'y', kubeClusterConfig } }))
      answers.push(await call('PATCH', path, { body: { kubeClusterConfig } }))
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200, ...Array(8).fill(400), 422, 422])
    expect(JSON.stringify(answers)).not.toContain(SECRET)
    expect(lines.join('')).toContain('"operation":"CreateCluster"')
    expect(lines.join('')).not.toContain(SECRET)
    expect(answers[0]?.body.kubeClusterConfig.cluster.proxyUrl).toBe('http://***@proxy:1')
  })
})

describe('403 and 404', () => {
  const api = sharedApi()

  test('clusters are for those who manage the organization', async () => {
    const { call, rootKey: key } = api()
    for (const [method, path] of [
      ['GET', CLUSTERS],
      ['POST', CLUSTERS],
      ['GET', `${CLUSTERS}/X`],
      ['POST', `${CLUSTERS}/X/checks`],
    ] as const) {
      expect(
        (await call(method, path, { key, ...(method === 'POST' && path === CLUSTERS && { body: CLUSTER_BODY }) }))
          .status,
      ).toBe(403)
    }
  })

  test.each(['NONE', 'no-such-id', '%00', 'A'.repeat(21)])('no such cluster: %s', async (id) => {
    const { call } = api()
    const path = `${CLUSTERS}/${id}`
    for (const answer of [
      await call('GET', path),
      await call('PATCH', path, { body: { name: 'x' } }),
      await call('DELETE', path),
      await call('POST', `${path}/checks`),
    ])
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND'])
  })
})

describe('409 and 412', () => {
  test('a name that another has, and a cluster with workspaces on it', async () => {
    const { call, cluster, workspace } = await startApi()
    const path = await cluster()
    const taken = await call('POST', CLUSTERS, { body: CLUSTER_BODY })
    expect([taken.status, taken.body.code, taken.body.message]).toEqual([
      409,
      'NAME_TAKEN',
      `The cluster ${idOf(path)} has the name "prod" already.`,
    ])
    const other = await cluster({ name: 'other' })
    expect((await call('PATCH', other, { body: { name: 'prod' } })).body.code).toBe('NAME_TAKEN')
    const target = await workspace({ kubeClusterId: idOf(path), kubeNamespace: 'n', kubeServiceAccount: 'flink' })
    const { status, body } = await call('DELETE', path)
    expect([status, body.code]).toEqual([409, 'CLUSTER_HAS_WORKSPACES'])
    expect(body.message).toContain(`${idOf(target)} (target)`)
    expect((await call('DELETE', other)).status).toBe(204)
  })

  test('nothing is changed or forgotten on the ground of an old revision', async () => {
    const { call, cluster } = await startApi()
    const path = await cluster()
    await call('PATCH', path, { body: { name: 'two' } })
    for (const method of ['PATCH', 'DELETE']) {
      const answer = await call(method, path, {
        headers: { 'if-match': '"1"' },
        ...(method === 'PATCH' && { body: { name: 'three' } }),
      })
      expect([answer.status, answer.body.code]).toEqual([412, 'REVISION_STALE'])
    }
  })
})

test('503: without the key that encrypts credentials only what needs it fails, saying what to put back', async () => {
  const { call, cluster, dataDir } = await startApi()
  const path = await cluster()
  rmSync(join(dataDir, 'secrets.key'))
  const { status, body, headers } = await call('POST', CLUSTERS, { body: { ...CLUSTER_BODY, name: 'second' } })
  expect([status, body.code, headers['retry-after']]).toEqual([503, 'SECRETS_UNREADABLE', undefined])
  expect(body.message).toMatch(/secrets\.key is missing.*weir cluster update/)
  expect((await call('GET', path)).status).toBe(200)
  expect((await call('PATCH', path, { body: { kubeClusterConfig: CLUSTER_BODY.kubeClusterConfig } })).status).toBe(200)
  await cluster({ name: 'second' })
})
