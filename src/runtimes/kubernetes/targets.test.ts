import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { memoryLedger } from '../../../tests/support/kubernetes.ts'
import { createArtifacts } from '../../artifacts/fetch.ts'
import { systemClock } from '../../domain/clock.ts'
import type { ClusterRef } from '../../domain/cluster.ts'
import { flinkVersionOf } from '../../flink/distributions/catalogue.ts'
import { answer, type Received, refuse, testServer } from './client/server.fixture.ts'
import { imageTable } from './images.ts'
import { type ConfiguredCluster, createKubernetesTargets, type KubernetesTargets } from './targets.ts'

/** Two API servers' worth of words: everything is empty, nobody is let in without a token, watches end at once. */
const apiServer = () =>
  testServer((request, response) => {
    if (request.headers.authorization === 'Bearer wrong') refuse(response, 401, 'Unauthorized', 'Unauthorized')
    else if (request.url === '/version') answer(response, 200, { gitVersion: 'v1.34.4' })
    else if (request.url.includes('watch=true')) answer(response, 200, '')
    else if (/\/(pods|flinkdeployments)\?/.test(request.url))
      answer(response, 200, { items: [], metadata: { resourceVersion: '1' } })
    else if (request.method === 'POST')
      answer(response, 201, { metadata: { name: 'x', uid: '1' }, status: { allowed: true } })
    else refuse(response, 404, 'NotFound', 'not found')
  })

function targets(): KubernetesTargets {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-targets-'))
  const made = createKubernetesTargets({
    installation: 'i',
    ledger: memoryLedger(),
    artifacts: createArtifacts({ fileRoots: [], allowAddresses: [] }),
    clock: systemClock,
    log: { warn: () => {} },
    images: imageTable(flinkVersionOf, {}),
    dataDir,
    allowAddresses: [],
    maxFileBytes: 1,
    flinkAccess: 'auto',
  })
  onTestFinished(async () => {
    await made.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return made
}
const clusterAt = (url: string, revision = 1, token = `token-${revision}`): ConfiguredCluster => ({
  id: 'CLUSTER',
  revision,
  config: { cluster: { server: url }, auth: { bearerToken: { token } } },
})
const workspace = (id: string, namespace = id.toLowerCase()) => ({
  id,
  target: { cluster: 'CLUSTER', namespace, serviceAccount: 'flink' },
})
const tokens = (received: readonly Received[]): (string | undefined)[] =>
  received.map(({ headers }) => headers.authorization)

test('a workspace keeps its runtime, and workspaces of one cluster share its connection', async () => {
  await using server = await apiServer()
  const made = targets()
  expect(made.runtime(workspace('A'), clusterAt(server.url))).toBe(made.runtime(workspace('A'), clusterAt(server.url)))
  expect(made.runtime(workspace('B'), clusterAt(server.url))).not.toBe(
    made.runtime(workspace('A'), clusterAt(server.url)),
  )
  await made.inspectCluster(clusterAt(server.url))
  await made.claim(workspace('A'), clusterAt(server.url))
  expect(server.connections()).toBeLessThanOrEqual(2)
})

test('new credentials are used from then on, with a runtime of their own; older ones never come back', async () => {
  await using server = await apiServer()
  const made = targets()
  const before = made.runtime(workspace('A'), clusterAt(server.url, 1))
  await made.inspectCluster(clusterAt(server.url, 1))
  const after = made.runtime(workspace('A'), clusterAt(server.url, 2))
  expect(after).not.toBe(before)
  server.received.length = 0
  // Somebody had read the configuration before it was changed.
  expect(made.runtime(workspace('A'), clusterAt(server.url, 1))).toBe(after)
  await made.inspectCluster(clusterAt(server.url, 1))
  expect(new Set(tokens(server.received))).toEqual(new Set(['Bearer token-2']))
})

test('requests are counted over all connections, those that are closed as well', async () => {
  await using server = await apiServer()
  const made = targets()
  await made.inspectCluster(clusterAt(server.url, 1))
  expect(made.counts()).toEqual({ requests: server.received.length, corrections: 0 })
  await made.inspectCluster(clusterAt(server.url, 2))
  expect(made.counts().requests).toBe(server.received.length)
  await made.close()
  expect(made.counts().requests).toBe(server.received.length)
})

test('refused credentials are reported by an inspection of the cluster, and as a Failure by a claim', async () => {
  await using server = await apiServer()
  const made = targets()
  const cluster = clusterAt(server.url, 1, 'wrong')
  expect((await made.inspectCluster(cluster)).findings).toMatchObject([
    { type: 'Reachable', status: 'False' },
    { status: 'Unknown' },
  ])
  await expect(made.claim(workspace('A'), cluster)).rejects.toMatchObject({
    code: 'RUNTIME_UNREACHABLE',
    retryable: true,
  })
  await expect(made.release(workspace('A'), cluster)).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
})

test('a workspace that is let go of gets another runtime should it come again', async () => {
  await using server = await apiServer()
  const made = targets()
  const before = made.runtime(workspace('A'), clusterAt(server.url))
  await made.release(workspace('A'), clusterAt(server.url))
  expect(made.runtime(workspace('A'), clusterAt(server.url))).not.toBe(before)
})

test('signals of all runtimes come together until nobody listens', async () => {
  const signals: ClusterRef[] = []
  const pod = {
    metadata: { name: 'weir-session-1-x', uid: '1', resourceVersion: '1', labels: { app: 'weir-session-1' } },
  }
  await using server = await testServer((request, response) => {
    if (request.url.includes('watch=true')) answer(response, 200, '')
    else
      answer(response, 200, { items: request.url.includes('/pods') ? [pod] : [], metadata: { resourceVersion: '1' } })
  })
  const made = targets()
  made.onSignal((cluster) => signals.push(cluster))
  await made.runtime(workspace('A'), clusterAt(server.url)).logs('SESSION', { tail: 1 })
  await expect.poll(() => signals).toEqual([{ resource: 'SESSION', generation: 1 }])
})
