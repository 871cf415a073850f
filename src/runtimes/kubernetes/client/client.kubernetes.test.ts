import { afterAll, beforeAll, expect, test } from 'vitest'

import { kubeconfig } from '../../../../tests/support/kubeconfig.ts'
import { systemClock } from '../../../domain/clock.ts'
import { type KubeApi, kubeApi } from './api.ts'
import { configMap, type TestNamespace, testNamespace } from './cluster.fixture.ts'
import { connect } from './connection.ts'
import { KubeError } from './errors.ts'
import { createMirror } from './live-mirror.ts'
import type { KubeObject } from './object.ts'

interface ConfigMap extends KubeObject {
  data?: Record<string, string>
}

let space: TestNamespace
let api: KubeApi
beforeAll(async () => {
  space = await testNamespace(kubeconfig())
  api = space.api
})
afterAll(() => space[Symbol.asyncDispose]())

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )
const mine = { fieldManager: 'mine', force: false }

test('a field of another manager is a Conflict that names it, until it is forced', async () => {
  const path = `${space.configMaps}/applied`
  await api.apply(path, configMap('applied', '1'), mine)
  const conflict = await failureOf(api.apply(path, configMap('applied', '2'), { fieldManager: 'other', force: false }))
  expect(conflict).toBeInstanceOf(KubeError)
  expect(conflict).toMatchObject({
    reason: 'Conflict',
    details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.value' }] },
  })
  const forced = await api.apply<ConfigMap>(path, configMap('applied', '2'), { fieldManager: 'other', force: true })
  expect(forced.data).toEqual({ value: '2' })
})

test('what is applied arrives unchanged, also what YAML may not hold as it is', async () => {
  const value = 'a \u007f \u0085 \u009b \u2028 \ufffe \uffff \u001b b'
  const applied = await api.apply<ConfigMap>(`${space.configMaps}/odd`, configMap('odd', value), mine)
  expect(applied.data).toEqual({ value })
})

test('what is applied a second time unchanged gets no new version', async () => {
  const path = `${space.configMaps}/same`
  const first = await api.apply<ConfigMap>(path, configMap('same', '1'), mine)
  const second = await api.apply<ConfigMap>(path, configMap('same', '1'), mine)
  expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
})

test('an object is deleted with its UID alone, and what is gone is no failure', async () => {
  const path = `${space.configMaps}/deleted`
  const {
    metadata: { uid = '' },
  } = await api.apply<ConfigMap>(path, configMap('deleted', '1'), mine)
  await api.delete(path, { uid: '00000000-0000-0000-0000-000000000000' })
  expect((await api.get<ConfigMap>(path)).metadata.uid).toBe(uid)
  await api.delete(path, { uid })
  expect(await api.find(path)).toBeUndefined()
  await api.delete(path, { uid })
})

test('a merge patch changes what it names and removes what it says is null', async () => {
  const path = `${space.configMaps}/merged`
  await api.create(space.configMaps, configMap('merged', '1'))
  expect(await failureOf(api.create(space.configMaps, configMap('merged', '1')))).toMatchObject({
    reason: 'AlreadyExists',
  })
  const merged = await api.merge<ConfigMap>(path, { metadata: { labels: { test: null } }, data: { more: '2' } })
  expect([merged.metadata.labels, merged.data]).toEqual([undefined, { value: '1', more: '2' }])
})

test('an invalid object and a kind that is not there are told as what they are', async () => {
  const invalid = { ...configMap('Not A Name', '1') }
  expect(await failureOf(api.create(space.configMaps, invalid))).toMatchObject({ reason: 'Invalid', status: 422 })
  expect(await failureOf(api.list('/apis/none.example/v1/things'))).toMatchObject({
    reason: 'NotFound',
    details: undefined,
  })
})

test('a list of more than one page is whole', async () => {
  const path = `/api/v1/namespaces/${space.name}/configmaps`
  for (let from = 0; from < 510; from += 30) {
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        api.create(path, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `page-${from + index}`, labels: { test: 'pages' } },
        }),
      ),
    )
  }
  const before = api.requests.byVerb.list
  const { items } = await api.list<ConfigMap>(path, { labelSelector: 'test=pages' })
  expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(510)
  expect(api.requests.byVerb.list - before).toBe(2)
})

test('what a credential may not do is Forbidden, and a mirror says so', async () => {
  const accounts = `/api/v1/namespaces/${space.name}/serviceaccounts`
  await api.create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'nobody' } })
  const {
    status: { token },
  } = await api.create<{ status: { token: string } }>(`${accounts}/nobody/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  })
  const connection = connect({ cluster: space.config.cluster, auth: { bearerToken: { token } } })
  const nobody = kubeApi(connection)
  const refused = await failureOf(nobody.list(space.configMaps))
  expect(refused).toMatchObject({ reason: 'Forbidden', status: 403 })
  expect(String(refused)).toContain(`system:serviceaccount:${space.name}:nobody`)
  const mirror = createMirror<ConfigMap>({
    api: nobody,
    path: space.configMaps,
    clock: systemClock,
    onChange: () => {},
  })
  await expect(mirror.ready()).rejects.toMatchObject({ reason: 'Forbidden' })
  mirror.close()
  await connection.close()
})

test('a token that is none is Unauthorized', async () => {
  const connection = connect({ cluster: space.config.cluster, auth: { bearerToken: { token: 'none' } } })
  expect(await failureOf(kubeApi(connection).list(space.configMaps))).toMatchObject({
    reason: 'Unauthorized',
    status: 401,
  })
  await connection.close()
})

test('a mirror follows, with watches that end after seconds, and resyncs find next to nothing to correct', async () => {
  const query = { labelSelector: 'test=client' }
  const mirror = createMirror<ConfigMap>({
    api,
    path: space.configMaps,
    query,
    clock: systemClock,
    watchSeconds: 2,
    resyncMs: 700,
    onChange: () => {},
  })
  await mirror.ready()
  const end = performance.now() + 8000
  for (let turn = 0; performance.now() < end; turn += 1) {
    const name = `followed-${turn % 5}`
    await api.apply(`${space.configMaps}/${name}`, configMap(name, String(turn)), mine)
    if (turn % 3 === 0) await api.delete(`${space.configMaps}/${name}`)
    await expect
      .poll(() => mirror.get(name)?.data?.['value'], { interval: 2, timeout: 10_000 })
      .toBe(turn % 3 === 0 ? undefined : String(turn))
  }
  await mirror.refresh()
  const { items } = await api.list<ConfigMap>(space.configMaps, query)
  const versions = (all: ConfigMap[]): (string | undefined)[] =>
    all.map(({ metadata }) => metadata.resourceVersion).sort()
  expect(versions(mirror.all())).toEqual(versions(items))
  expect(mirror.stats().watches).toBeGreaterThan(2)
  expect(mirror.stats().thrown).toBe(0)
  // A list may be answered with a change whose event is still on its way.
  expect(mirror.stats().corrected).toBeLessThanOrEqual(2)
  expect(mirror.trouble).toBeUndefined()
  mirror.close()
})

test('a watch from the very first version is replayed, or refused as Expired', async () => {
  const received: string[] = []
  const stop = new AbortController()
  const on = ({ type }: { type: string }): void => {
    received.push(type)
    stop.abort()
  }
  const outcome = await failureOf(api.watch(space.configMaps, { resourceVersion: '1' }, on, { signal: stop.signal }))
  // Which of both depends on how long the cluster has been up; a mirror takes either.
  if (outcome !== undefined) expect(outcome).toMatchObject({ status: 410 })
  else expect(received.length).toBeGreaterThan(0)
})
