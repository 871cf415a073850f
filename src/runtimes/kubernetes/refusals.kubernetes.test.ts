/**
 * What `refusals.test.ts` shows on a fake API server, on a real one and with the real client: each refusal in turn at
 * each request of a launch and a removal that changes something, if the client does not repeat that by itself; with
 * WEIR_TEST_REFUSALS=all the others too, also at what reads, which takes minutes. In namespaces that no operator
 * watches, so that nothing is started.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestCluster, testCluster, testKubernetesRuntime } from '../../../tests/support/kubernetes.ts'
import { systemClock } from '../../domain/clock.ts'
import type { ClusterRef } from '../../domain/cluster.ts'
import { kubeApi } from './client/api.ts'
import { clusterName, type FlinkDeployment, paths } from './objects.ts'
import { type Refusal, refusingProxy } from './refusing.fixture.ts'
import { smallSpec, withoutImage } from './unpullable.fixture.ts'

const WEBHOOK =
  'Internal error occurred: failed calling webhook "validate.example.dev": failed to call webhook: ' +
  'Post "https://webhook.example.svc:443/validate?timeout=10s": context deadline exceeded'
const REFUSALS: Record<string, Refusal> = {
  'a conflict': { status: 409, reason: 'Conflict', message: 'the object has been modified', writes: true },
  'a webhook that times out': { status: 500, reason: 'InternalError', message: WEBHOOK, writes: true },
  'too many requests': { status: 429, reason: 'TooManyRequests', message: 'please try again later', retryAfter: 1 },
  'an API server that is not ready': { status: 503, reason: 'ServiceUnavailable', message: 'not ready' },
  'a broken connection': { message: 'nothing' },
  'an answer that was lost': { message: 'nothing', late: true, writes: true },
}

let cluster: TestCluster
beforeAll(() => {
  cluster = testCluster()
})
afterAll(() => cluster.close())

async function ownNamespace(): Promise<{ name: string } & AsyncDisposable> {
  const name = `weir-test-${randomBytes(4).toString('hex')}`
  await cluster.api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  return { name, [Symbol.asyncDispose]: () => cluster.api.delete(`/api/v1/namespaces/${name}`) }
}

/** Launches and removes a cluster as the reconciler does; answers what there was to refuse, and what was. */
async function lived(namespace: string, refusal: Refusal, at: number) {
  const ref: ClusterRef = { resource: randomBytes(4).toString('hex').toUpperCase(), generation: 1 }
  const path = paths.deployment(namespace, clusterName(ref))
  await using proxy = await refusingProxy(cluster.connection, refusal, at)
  const { connection } = proxy
  let skipped = 0
  const clock = { ...systemClock, now: () => Date.now() + skipped }
  await using kube = await testKubernetesRuntime(cluster, namespace, {
    ...withoutImage(),
    connection,
    api: kubeApi(connection),
    clock,
  })
  const { runtime } = kube
  const phases = new Set<string>()
  const observed = async (): Promise<string> => {
    try {
      const { phase } = await runtime.observe(ref)
      phases.add(phase)
      return phase
    } catch (error) {
      expect(error).toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
      return 'UNREACHABLE'
    }
  }
  const spec = smallSpec('FLINK_1_18', { jars: ['https://repo.example/a.jar'] })
  const deployments = new Set<string | undefined>()
  const quickly = { timeout: 30_000, interval: 20 }
  await expect
    .poll(async () => {
      if ((await observed()) === 'ABSENT') await runtime.launch(ref, spec)
      const there = await cluster.api.find<FlinkDeployment>(path)
      if (there) deployments.add(there.metadata.uid)
      // What is postponed is due at once.
      skipped += 2_000
      const owner = await cluster.api.find<FlinkDeployment>(paths.secret(namespace, clusterName(ref)))
      return there !== undefined && owner?.metadata.ownerReferences !== undefined
    }, quickly)
    .toBe(true)
  await expect
    .poll(async () => {
      skipped += 6_000
      return (await runtime.remove(ref, { force: false }).catch(() => ({ done: false }))).done
    }, quickly)
    .toBe(true)
  expect(await cluster.api.find(path)).toBeUndefined()
  return { count: proxy.count(), refused: proxy.refused(), clusters: deployments.size, phases: [...phases] }
}

/** Requests of a launch: the namespace, the Secret, the FlinkDeployment and the Secret's owner. */
const LEAST = 5

const ALL = process.env['WEIR_TEST_REFUSALS'] === 'all'
const KINDS = Object.entries(REFUSALS).filter(([, { writes }]) => ALL || writes)

test.each(KINDS)('%s at any request of a launch ends no generation', async (_, refusal) => {
  await using namespace = await ownNamespace()
  const { count } = await lived(namespace.name, refusal, 0)
  expect(count).toBeGreaterThanOrEqual(LEAST)
  for (let at = 1; at <= count; at += 1) {
    const { refused, clusters, phases } = await lived(namespace.name, refusal, at)
    const ended = phases.filter((phase) => phase === 'FAILED' || phase === 'ENDED')
    expect({ refused, clusters, ended }).toMatchObject({ clusters: 1, ended: [] })
    // How often is looked is a matter of time, so that a life may have fewer requests than the one that was counted.
    if (at <= LEAST) expect(refused).toMatch(/^[A-Z]+ /)
  }
})
