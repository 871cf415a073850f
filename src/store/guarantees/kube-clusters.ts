/**
 * Kubernetes clusters and what is applied there: credentials that the database doesn't tell, and the ledger of
 * launches.
 */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { KubeClusterConfig, KubeLaunch } from '../../domain/kubernetes.ts'
import type { IdempotencyClaim } from '../idempotency.ts'
import type { DatabaseUnderTest, TestStore } from './test-store.ts'
import { CALLER, createSession, freshStore, made } from './test-store.ts'

const SECRET = 'kube-secret-0123456789'
const claim: IdempotencyClaim = {
  identity: 'service-account:A',
  method: 'POST',
  path: '/clusters',
  key: 'k',
  bodyHash: 'h',
}
const config: KubeClusterConfig = {
  cluster: { server: 'https://kube.example:6443', proxyUrl: `http://me:${SECRET}@proxy.example:3128` },
  auth: { bearerToken: { token: SECRET } },
}
const other: KubeClusterConfig = { cluster: {}, auth: { inCluster: {} } }

async function clusterIn(testStore: TestStore, name = 'prod', wanted = config): Promise<string> {
  const answer = await testStore.store.kubeClusters.create({ organization: 'TESTS', name, config: wanted })
  if (answer.outcome !== 'CREATED') throw new Error(answer.outcome)
  return answer.resource.id
}

const keyFile = (testStore: TestStore): string => join(testStore.dataDir, 'secrets.key')

/** The key of another installation. */
const replaceKey = (testStore: TestStore): void =>
  writeFileSync(keyFile(testStore), `${Buffer.alloc(32, 7).toString('base64')}\n`)

export const kubeClusters = (under: DatabaseUnderTest) =>
  describe('Kubernetes clusters', () => {
    const testStore = freshStore(under)

    test('a created one is read back without its secrets, and with them where they are asked for', async () => {
      const id = await clusterIn(testStore)
      const cluster = await testStore.store.kubeClusters.get(id)
      expect(cluster).toEqual({
        id,
        name: 'prod',
        revision: 1,
        status: { conditions: [] },
        authKind: 'bearerToken',
        server: { server: 'https://kube.example:6443', proxyUrl: 'http://***@proxy.example:3128' },
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
      })
      expect(await testStore.store.kubeClusters.all()).toEqual([cluster])
      expect(await testStore.store.kubeClusters.list({ limit: 1 }, { name: 'prod ' })).toEqual({ items: [cluster] })
      expect(await testStore.store.kubeClusters.list({ limit: 1 }, { name: 'none' })).toEqual({ items: [] })
      await testStore.reopen()
      expect(await testStore.store.kubeClusters.config(id)).toEqual(config)
      expect(await testStore.store.kubeClusters.config('NONE')).toBeUndefined()
    })

    test('names are unique, and a repeated request answers the same cluster', async () => {
      const ask = (more = {}) =>
        testStore.store.kubeClusters.create({ organization: 'TESTS', name: 'a', config }, { ...claim, ...more })
      const first = await ask()
      const id = 'resource' in first ? first.resource.id : ''
      expect(await ask()).toMatchObject({ outcome: 'REPEATED', resource: { id } })
      expect(await ask({ bodyHash: 'x' })).toEqual({ outcome: 'KEY_REUSED' })
      expect(await ask({ key: 'other' })).toEqual({ outcome: 'NAME_TAKEN', id, deleting: false })
      await testStore.store.kubeClusters.remove(id)
      expect(await ask()).toEqual({ outcome: 'GONE' })
    })

    test('an update replaces the whole configuration; one that changes nothing counts for nothing', async () => {
      const id = await clusterIn(testStore)
      const second = await clusterIn(testStore, 'second', other)
      const { update } = testStore.store.kubeClusters
      expect(await update(id, { name: 'prod', config })).toMatchObject({
        outcome: 'UNCHANGED',
        resource: { revision: 1 },
      })
      expect(await update(id, { config: other }, 1)).toMatchObject({
        outcome: 'CHANGED',
        resource: { revision: 2, server: {}, authKind: 'inCluster' },
      })
      expect(await testStore.store.kubeClusters.config(id)).toEqual(other)
      expect(await update(id, { name: 'renamed' })).toMatchObject({
        outcome: 'CHANGED',
        resource: { name: 'renamed', revision: 3 },
      })
      expect(await update(id, { name: 'second' })).toEqual({ outcome: 'NAME_TAKEN', id: second, deleting: false })
      expect(await update(id, { config }, 1)).toEqual({ outcome: 'STALE', revision: 3 })
      expect(await update('NONE', { config })).toEqual({ outcome: 'MISSING' })
    })

    test('one with workspaces on it stays, naming them', async () => {
      const cluster = await clusterIn(testStore)
      const kubernetes = { cluster, namespace: 'n', serviceAccount: 'flink' }
      const created = await testStore.store.workspaces.create({ organization: 'TESTS', name: 'w', kubernetes })
      const id = 'resource' in created ? created.resource.id : ''
      const { remove } = testStore.store.kubeClusters
      await testStore.store.workspaces.requestDeletion(id)
      expect(await remove(cluster)).toEqual({ outcome: 'IN_USE', by: [{ id, name: 'w' }] })
      await testStore.store.workspaces.remove(id)
      expect(await remove(cluster, 7)).toEqual({ outcome: 'STALE', revision: 1 })
      expect(await remove(cluster, 1)).toEqual({ outcome: 'REMOVED' })
      expect(await remove(cluster)).toEqual({ outcome: 'MISSING' })
    })

    test('the feed tells of them', async () => {
      const id = await clusterIn(testStore)
      const { observed, requestCheck, update, remove } = testStore.store.kubeClusters
      await requestCheck(id)
      await observed(id, { observedAt: '2026-01-01T00:00:01.000Z', conditions: [], kubernetesVersion: '1.31' })
      await update(id, { name: 'b' })
      await remove(id)
      const reported = await testStore.store.changes.since(0, 100)
      expect(reported.map(({ what }) => what)).toEqual(['CREATED', 'UPDATED', 'OBSERVED', 'UPDATED', 'REMOVED'])
      expect(reported.every((entry) => entry.kind === 'kubeCluster' && entry.id === id && entry.workspace === '')).toBe(
        true,
      )
    })

    secrets(under)
    launches(under)
  })

const secrets = (under: DatabaseUnderTest) =>
  describe('credentials at rest', () => {
    const testStore = freshStore(under)
    const unreadable = (message: RegExp) => ({ code: 'SECRETS_UNREADABLE', message: expect.stringMatching(message) })

    test('stand nowhere in the database, and the key is in a file for its owner only', async () => {
      await clusterIn(testStore)
      expect(statSync(keyFile(testStore)).mode & 0o777).toBe(0o600)
      const key = readFileSync(keyFile(testStore), 'utf8').trim()
      if (testStore.database === undefined) {
        await testStore.store.close()
        const written = readdirSync(testStore.dataDir)
          .filter((name) => name.startsWith('weir.db'))
          .map((name) => readFileSync(join(testStore.dataDir, name)))
        for (const text of [SECRET, key]) expect(written.some((bytes) => bytes.includes(text))).toBe(false)
        expect(written.some((bytes) => bytes.includes('kube.example'))).toBe(true)
      }
    })

    test('no key is made before one is needed, and of creates at once all stay readable', async () => {
      expect(readdirSync(testStore.dataDir)).not.toContain('secrets.key')
      const ids = await Promise.all(Array.from({ length: 6 }, (_, i) => clusterIn(testStore, `c${i}`)))
      for (const id of ids) expect(await testStore.store.kubeClusters.config(id)).toEqual(config)
    })

    test('with a missing key only what needs them fails, saying which file to put back', async () => {
      const id = await clusterIn(testStore)
      rmSync(keyFile(testStore))
      const { kubeClusters } = testStore.store
      const missing = unreadable(
        new RegExp(`${keyFile(testStore)} is missing.*Put the right file back, or .*weir cluster update`),
      )
      await expect(kubeClusters.config(id)).rejects.toMatchObject(missing)
      await expect(clusterIn(testStore, 'another')).rejects.toMatchObject(missing)
      expect(await kubeClusters.get(id)).toMatchObject({ name: 'prod' })
      expect((await kubeClusters.list({ limit: 5 })).items).toHaveLength(1)
      expect(await kubeClusters.update(id, { name: 'renamed' })).toMatchObject({ outcome: 'CHANGED' })
      expect(await kubeClusters.update(id, { config })).toMatchObject({ outcome: 'CHANGED' })
      expect(await kubeClusters.config(id)).toEqual(config)
    })

    test('with another key, or with a key that is none, too', async () => {
      const id = await clusterIn(testStore)
      replaceKey(testStore)
      await expect(testStore.store.kubeClusters.config(id)).rejects.toMatchObject(
        unreadable(/secrets\.key is not the one with which/),
      )
      writeFileSync(keyFile(testStore), 'rubbish')
      await expect(testStore.store.kubeClusters.config(id)).rejects.toMatchObject(
        unreadable(/secrets\.key holds no key/),
      )
    })

    test("of one cluster can't be opened as those of another", async () => {
      const [a, b] = [await clusterIn(testStore, 'a'), await clusterIn(testStore, 'b', other)]
      await under.run(
        testStore.dataDir,
        testStore.database,
        `update clusters set auth = (select c.auth from clusters c where c.id = '${a}') where id = '${b}'`,
      )
      await expect(testStore.store.kubeClusters.config(b)).rejects.toMatchObject(unreadable(/are damaged/))
    })

    test('a key file elsewhere is used, and a copied data folder without it tells nothing', async () => {
      const elsewhere = `${testStore.dataDir}.key`
      await testStore.store.close()
      const store = await testStore.open({ secretsKeyFile: elsewhere })
      const created = await store.kubeClusters.create({ organization: 'TESTS', name: 'a', config })
      const id = 'resource' in created ? created.resource.id : ''
      expect(await store.kubeClusters.config(id)).toEqual(config)
      await store.close()
      const copy = `${testStore.dataDir}-copy`
      cpSync(testStore.dataDir, copy, { recursive: true })
      const copied = await testStore.open({ dataDir: copy })
      await expect(copied.kubeClusters.config(id)).rejects.toMatchObject(unreadable(/secrets\.key is missing/))
      expect(await copied.kubeClusters.all()).toHaveLength(1)
    })
  })

const launches = (under: DatabaseUnderTest) =>
  describe('the ledger of what is applied on Kubernetes', () => {
    const testStore = freshStore(under)
    const launch = (resource: string, more: Partial<KubeLaunch> = {}): KubeLaunch => ({
      resource,
      generation: 1,
      namespace: 'n',
      name: 'weir-a',
      manifest: '{"a":"\u00e9"}',
      reached: false,
      createdAt: '2026-01-01T00:00:00.000Z',
      ...more,
    })

    test('gives back what was written first, whatever is begun again', async () => {
      const { id } = await made(createSession(testStore.store, 's'))
      const { begin, get, list, update, remove } = testStore.store.kubeLaunches
      expect(await begin(launch(id))).toEqual(launch(id))
      expect(await begin(launch(id, { manifest: 'rendered anew' }))).toEqual(launch(id))
      await begin(launch(id, { generation: 2, uid: 'U' }))
      await update({ resource: id, generation: 1 }, { uid: 'V', incarnation: 'I', reached: true })
      await update({ resource: id, generation: 1 }, {})
      const now = launch(id, { uid: 'V', incarnation: 'I', reached: true })
      expect(await get({ resource: id, generation: 1 })).toEqual(now)
      expect(await list(id)).toEqual([now, launch(id, { generation: 2, uid: 'U' })])
      await remove({ resource: id, generation: 1 })
      expect(await get({ resource: id, generation: 1 })).toBeUndefined()
    })

    test("goes with its resource, and a copied folder forgets the original's", async () => {
      const { id } = await made(createSession(testStore.store, 's'))
      const gone = await made(createSession(testStore.store, 't'))
      await testStore.store.kubeLaunches.begin(launch(id))
      await testStore.store.kubeLaunches.begin(launch(gone.id))
      await testStore.store.resources.requestDeletion('session', gone.id, { cascade: false, force: false }, CALLER)
      await testStore.store.resources.remove(gone.id)
      expect(await testStore.store.kubeLaunches.list(gone.id)).toEqual([])
      await testStore.store.close()
      const copy = `${testStore.dataDir}-copy`
      cpSync(testStore.dataDir, copy, { recursive: true })
      expect(await (await testStore.open({ dataDir: copy })).kubeLaunches.list(id)).toEqual([])
    })
  })
