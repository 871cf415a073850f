/** What real Kubernetes and the real operator do with what is applied. No pod need run: its image can't be pulled. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import {
  kubectl,
  ownNamespace,
  type TestCluster,
  type TestRuntime,
  testCluster,
  testKubernetesRuntime,
  testRuntime,
} from '../../../tests/support/kubernetes.ts'
import { systemClock } from '../../domain/clock.ts'
import type { ClusterRef } from '../../domain/cluster.ts'
import { FLINK_RUNTIMES } from '../../domain/spec.ts'
import { inspectTarget } from './check.ts'
import { claimNamespace, releaseNamespace } from './claim.ts'
import { type KubeObject, KubeUnreachable } from './client/api.ts'
import type { KubeContext } from './context.ts'
import { operatorVersion } from './images.ts'
import { keptManifest } from './launch.ts'
import { clusterName, type FlinkDeployment, paths } from './objects.ts'
import { smallSpec, UNPULLABLE, withoutImage } from './unpullable.fixture.ts'
import { allowedVersions } from './versions.ts'

const namespace = ownNamespace()
const RUNTIME = testRuntime()
const OPERATOR = { timeout: 60_000, interval: 500 }
let cluster: TestCluster
beforeAll(() => {
  cluster = testCluster()
})
afterAll(() => cluster.close())

/** Every test has a cluster of its own. */
let ref: ClusterRef
let path: string
beforeEach(() => {
  ref = { resource: randomBytes(4).toString('hex').toUpperCase(), generation: 1 }
  path = paths.deployment(namespace, clusterName(ref))
})

async function runtimeIn(change: Partial<KubeContext> = {}, where = namespace): Promise<TestRuntime> {
  const kube = await testKubernetesRuntime(cluster, where, { ...withoutImage(), ...change })
  onTestFinished(() => kube[Symbol.asyncDispose]())
  return kube
}
const launched = async (...given: Parameters<typeof runtimeIn>): Promise<TestRuntime> => {
  const kube = await runtimeIn(...given)
  await kube.runtime.launch(ref, smallSpec(RUNTIME))
  expect(await kube.runtime.observe(ref)).toMatchObject({ phase: 'PREPARING' })
  return kube
}
const live = (): Promise<FlinkDeployment | undefined> => cluster.api.find<FlinkDeployment>(path)

interface Crd {
  spec: {
    versions: {
      name: string
      schema: { openAPIV3Schema: { properties: { spec: { properties: { flinkVersion: { enum: string[] } } } } } }
    }[]
  }
}

test("the Flinks that the operator runs are those of its custom resource's enumeration", async () => {
  const crd = await cluster.api.get<Crd>(
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/flinkdeployments.flink.apache.org',
  )
  const { enum: versions } = crd.spec.versions.find(({ name }) => name === 'v1beta1')!.schema.openAPIV3Schema.properties
    .spec.properties.flinkVersion
  expect(await allowedVersions(cluster.api)).toEqual(versions)
  expect(versions).toContain(operatorVersion(RUNTIME))
})

test("a runtime that the operator doesn't know is refused by name", async () => {
  const allowed = (await allowedVersions(cluster.api)) ?? []
  const kube = await runtimeIn()
  for (const unknown of FLINK_RUNTIMES.filter((runtime) => !allowed.includes(operatorVersion(runtime)))) {
    await kube.runtime.launch(ref, smallSpec(unknown))
    expect(await kube.runtime.observe(ref)).toMatchObject({
      phase: 'FAILED',
      failure: {
        code: 'INVALID_SPEC',
        retryable: false,
        message: expect.stringContaining(`does not know ${unknown}: it runs ${allowed.join(', ')}`),
      },
    })
    expect(await live()).toBeUndefined()
  }
})

test('what the operator makes of a cluster is no drift, and a second launch changes nothing', async () => {
  const kube = await launched()
  await expect.poll(async () => (await kube.pods()).length, OPERATOR).toBe(1)
  const before = await live()
  await kube.runtime.launch(ref, smallSpec(RUNTIME, { flinkConfiguration: { 'parallelism.default': '9' } }))
  await (await kube.restart()).launch(ref, smallSpec(RUNTIME))
  expect(await kube.runtime.observe(ref)).toMatchObject({ phase: 'PREPARING' })
  const after = await live()
  expect([after?.metadata.uid, after?.metadata.generation, after?.spec]).toEqual([
    before?.metadata.uid,
    before?.metadata.generation,
    before?.spec,
  ])
})

test('sizes reach the pod as they were meant, and parts of memory are taken in place of a total', async () => {
  const kube = await runtimeIn()
  const parts = { 'jobmanager.memory.heap.size': '400m', 'jobmanager.memory.jvm-metaspace.size': '128m' }
  await kube.runtime.launch(
    ref,
    smallSpec(RUNTIME, {
      jobManagerResource: { cpu: 0.1, ephemeralStorage: '256m' },
      flinkConfiguration: { ...parts, 'kubernetes.jobmanager.cpu.limit-factor': '5' },
    }),
  )
  await expect.poll(async () => (await kube.pods()).length, OPERATOR).toBe(1)
  const [pod] = (await kube.pods()) as unknown as [{ spec: { containers: { resources: unknown; image: string }[] } }]
  // 400 + 128 + 128 (off-heap) + 192 (the least overhead).
  expect(pod.spec.containers[0]).toMatchObject({
    image: UNPULLABLE,
    resources: {
      requests: { cpu: '100m', memory: '848Mi', 'ephemeral-storage': '256Mi' },
      limits: { cpu: '500m', memory: '848Mi' },
    },
  })
})

test('what the operator refuses is told in its words', async () => {
  const kube = await runtimeIn()
  await kube.runtime.launch(ref, smallSpec(RUNTIME, { flinkConfiguration: { 'kubernetes.namespace': 'elsewhere' } }))
  await expect
    .poll(() => kube.runtime.observe(ref), OPERATOR)
    .toMatchObject({
      phase: 'FAILED',
      detail: expect.stringContaining('Forbidden Flink config key: kubernetes.namespace'),
    })
})

test('a launch that was cut short is applied as kept, over what another manager has written meanwhile', async () => {
  const api = { ...cluster.api, apply: () => Promise.reject(new KubeUnreachable('the connection broke')) }
  const kube = await runtimeIn({ api })
  await kube.runtime.launch(ref, smallSpec(RUNTIME))
  const kept = (await kube.context.ledger.get(ref))!
  const deployment = structuredClone(keptManifest(kept).deployment) as unknown as FlinkDeployment & {
    spec: { image: string }
  }
  deployment.spec.image = 'localhost/another:1'
  await cluster.api.apply(path, deployment, { fieldManager: 'kubectl', force: false })
  const ours = keptManifest(kept).deployment
  await expect(cluster.api.apply(path, ours, { fieldManager: 'weir', force: false })).rejects.toMatchObject({
    reason: 'Conflict',
  })
  await (await runtimeIn({ ...kube.context, api: cluster.api })).runtime.launch(ref, smallSpec(RUNTIME))
  expect((await live())?.spec).toMatchObject({ image: UNPULLABLE })
  expect((await kube.context.ledger.get(ref))?.uid).toBe((await live())?.metadata.uid)
})

test("someone else's FlinkDeployment of the same name is left as it is", async () => {
  const kube = await runtimeIn()
  const theirs = {
    apiVersion: 'flink.apache.org/v1beta1',
    kind: 'FlinkDeployment',
    metadata: { name: clusterName(ref), namespace },
    spec: { flinkVersion: operatorVersion(RUNTIME) },
  }
  const {
    metadata: { uid },
  } = await cluster.api.create<KubeObject>(paths.deployments(namespace), theirs)
  onTestFinished(() => cluster.api.delete(path))
  await kube.runtime.launch(ref, smallSpec(RUNTIME))
  expect(await kube.runtime.observe(ref)).toMatchObject({ phase: 'FAILED', failure: { code: 'NAMESPACE_CLAIMED' } })
  expect(await kube.runtime.remove(ref, { force: true })).toMatchObject({ done: true })
  const { spec, metadata } = (await live())!
  expect([metadata.uid, metadata.labels, metadata.deletionTimestamp, spec['image']]).toEqual([
    uid,
    undefined,
    undefined,
    undefined,
  ])
})

test('a specification that kubectl changes is the end of the cluster, told by what was changed', async () => {
  const kube = await launched()
  const patch = JSON.stringify({ spec: { flinkConfiguration: { 'parallelism.default': '3' }, restartNonce: 7 } })
  await kubectl('patch', 'flinkdeployment', clusterName(ref), '-n', namespace, '--type=merge', '-p', patch)
  await expect
    .poll(() => kube.runtime.observe(ref), OPERATOR)
    .toMatchObject({
      phase: 'ENDED',
      detail: expect.stringContaining(
        'someone else changed spec.flinkConfiguration.parallelism.default, spec.restartNonce',
      ),
    })
})

test('labels of ours that kubectl changes are put back; others and annotations stay, redeploying nothing', async () => {
  const kube = await launched()
  const before = (await live())?.metadata
  const name = clusterName(ref)
  await kubectl(
    'label',
    'flinkdeployment',
    name,
    '-n',
    namespace,
    '--overwrite',
    'team=a',
    'weir.dev/resource=X',
    'weir.dev/installation-',
  )
  await kubectl('annotate', 'flinkdeployment', name, '-n', namespace, 'note=theirs')
  await expect
    .poll(async () => {
      await kube.runtime.observe(ref)
      return (await live())?.metadata.labels
    }, OPERATOR)
    .toEqual({ ...before?.labels, team: 'a' })
  expect((await live())?.metadata.annotations).toMatchObject({ note: 'theirs' })
  expect(await kube.runtime.observe(ref)).toMatchObject({ phase: 'PREPARING' })
})

test("what is deleted behind our back is the cluster's end, and is not brought back", async () => {
  const kube = await launched()
  await kubectl('delete', 'flinkdeployment', clusterName(ref), '-n', namespace)
  await expect
    .poll(() => kube.runtime.observe(ref), OPERATOR)
    .toMatchObject({ phase: 'ENDED', detail: expect.stringContaining('someone else deleted') })
  await kube.runtime.launch(ref, smallSpec(RUNTIME))
  expect(await live()).toBeUndefined()
  await expect.poll(() => kube.runtime.remove(ref, { force: false }), OPERATOR).toMatchObject({ done: true })
})

test('a finalizer that nobody takes away holds a removal up, which says so; by force it goes after 30 s', async () => {
  let before = 0
  const kube = await launched({ clock: { ...systemClock, now: () => Date.now() + before } })
  await cluster.api.merge(path, { metadata: { finalizers: ['weir.dev/held-by-a-test'] } })
  await expect
    .poll(() => kube.runtime.remove(ref, { force: false }), OPERATOR)
    .toEqual({
      done: false,
      waitingOn:
        `the Flink operator to let go of ` +
        `FlinkDeployment ${clusterName(ref)} (finalizer weir.dev/held-by-a-test); is it running?`,
    })
  await kube.runtime.remove(ref, { force: true })
  before = 20_000
  expect(await kube.runtime.remove(ref, { force: true })).toMatchObject({ done: false })
  expect(await live()).toBeDefined()
  before = 40_000
  await expect.poll(() => kube.runtime.remove(ref, { force: true }), OPERATOR).toMatchObject({ done: true })
  expect(await live()).toBeUndefined()
  expect(await kube.pods()).toEqual([])
})

test('the plan of files, which may hold credentials, is a Secret that goes with its cluster', async () => {
  const kube = await runtimeIn()
  const secret = paths.secret(namespace, clusterName(ref))
  await kube.runtime.launch(ref, smallSpec(RUNTIME, { jars: ['https://user:word@repo.example/a.jar'] }))
  expect((await live())?.metadata.uid).toBeDefined()
  const made = await cluster.api.get<KubeObject & { data: { plan: string } }>(secret)
  expect(Buffer.from(made.data.plan, 'base64').toString()).toContain('https://user:word@repo.example/a.jar')
  const owner = [{ kind: 'FlinkDeployment', uid: (await live())?.metadata.uid }]
  const owners = async () => {
    await kube.runtime.observe(ref)
    return (await cluster.api.get<KubeObject>(secret)).metadata.ownerReferences
  }
  await expect.poll(owners, OPERATOR).toMatchObject(owner)
  expect(JSON.stringify(await live())).not.toContain('user:word')
  await expect.poll(() => kube.runtime.remove(ref, { force: false }), OPERATOR).toMatchObject({ done: true })
  await expect.poll(() => cluster.api.find(secret), OPERATOR).toBeUndefined()
})

test('of servers that race for a namespace one gets it', async () => {
  await runtimeIn()
  const claims = ['one', 'two', 'three', 'four', 'five'].map((installation) => ({
    installation,
    workspace: 'WORKSPACE',
    namespace,
  }))
  const outcomes = await Promise.allSettled(claims.map((claim) => claimNamespace(cluster.api, claim, systemClock)))
  const [winner, ...more] = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [claims[index]!] : []))
  expect(more).toEqual([])
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'NAMESPACE_CLAIMED' })
  await releaseNamespace(cluster.api, { ...winner!, installation: 'nobody' })
  await expect(claimNamespace(cluster.api, { ...winner!, installation: 'late' }, systemClock)).rejects.toThrow(
    winner!.installation,
  )
  await releaseNamespace(cluster.api, winner!)
  await claimNamespace(cluster.api, { ...winner!, installation: 'late' }, systemClock)
})

test('a deleted namespace takes its clusters along: they ended, can be removed, and nothing new starts', async () => {
  const doomed = `weir-test-${randomBytes(4).toString('hex')}`
  await cluster.api.create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: doomed, finalizers: ['weir.dev/test'] },
  })
  const kube = await launched({}, doomed)
  await cluster.api.delete(`/api/v1/namespaces/${doomed}`)
  const target = { cluster: 'CLUSTER', namespace: doomed, serviceAccount: 'flink' }
  const namespaceObserved = async () =>
    (await inspectTarget(cluster.api, target, kube.context)).findings.find(({ type }) => type === 'NamespaceThere')
      ?.reason
  await expect.poll(namespaceObserved, OPERATOR).toBe('Terminating')
  await expect
    .poll(() => kube.runtime.observe(ref), OPERATOR)
    .toMatchObject({ phase: 'ENDED', detail: expect.stringContaining('someone else deleted') })
  const next = { ...ref, generation: 2 }
  await kube.runtime.launch(next, smallSpec(RUNTIME))
  const refused = await kube.runtime.observe(next)
  expect(refused).toMatchObject({ phase: 'FAILED', failure: { code: 'KUBERNETES_REFUSED', retryable: true } })
  expect(refused.detail).toMatch(/being terminated/)
  expect(refused.detail).not.toContain('Add to the Role')
  await cluster.api.merge(`/api/v1/namespaces/${doomed}`, { metadata: { finalizers: null } })
  await expect.poll(namespaceObserved, OPERATOR).toBe('Missing')
  expect(await kube.runtime.observe(ref)).toMatchObject({ phase: 'ENDED' })
  await kube.runtime.launch(next, smallSpec(RUNTIME))
  expect((await kube.runtime.observe(next)).detail).toMatch(/namespaces "weir-test-.*" not found/)
  expect(await kube.runtime.remove(next, { force: false })).toMatchObject({ done: true })
  expect(await kube.runtime.remove(ref, { force: false })).toMatchObject({ done: true })
})
