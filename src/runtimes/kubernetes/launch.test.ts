import { expect, test } from 'vitest'
import {
  changeDeployment,
  deploymentIn,
  type FakeTarget,
  fakeTarget,
  launched,
  NAMESPACE,
  observe,
  putPod,
  REF,
  removeDeployment,
  sessionSpec,
} from '../../../tests/support/fake-kubernetes.ts'
import { memoryLedger } from '../../../tests/support/kubernetes.ts'
import { KubeError, KubeUnreachable } from './client/errors.ts'
import { recoversItself } from './launch.ts'
import { jobManager, mainOf, RUNNING } from './objects.fixture.ts'
import { type FlinkDeployment, paths } from './objects.ts'

const NAME = 'weir-session-1'
const UNREACHABLE = new KubeUnreachable('nobody answers')
const isDeployment = (path: string): boolean => path.includes('/flinkdeployments/')
const applies = ({ kube }: FakeTarget): string[] =>
  kube.calls.filter(({ verb, path }) => verb === 'apply' && isDeployment(path)).map(({ path }) => path)

test('a cluster twice applies one manifest', async () => {
  const target = await launched()
  await target.runtime.launch(REF, sessionSpec({ flinkConfiguration: { 'parallelism.default': '9' } }))
  expect(applies(target)).toEqual([paths.deployment(NAMESPACE, NAME)])
  expect((await observe(target)).phase).toBe('PREPARING')
})

test('what is kept before it is applied is what is applied', async () => {
  const target = await launched()
  const kept = await target.context.ledger.get(REF)
  const { deployment } = JSON.parse(kept?.manifest ?? '') as { deployment: FlinkDeployment }
  expect(deploymentIn(target)?.spec).toEqual(deployment.spec)
  expect(kept).toMatchObject({
    name: NAME,
    namespace: NAMESPACE,
    uid: deploymentIn(target)?.metadata.uid,
    reached: false,
  })
})

test('a server killed before the apply has its manifest applied as kept, whatever the renderer became', async () => {
  const target = fakeTarget()
  target.kube.before(({ verb, path }) =>
    verb === 'apply' && isDeployment(path) ? new KubeUnreachable('the connection broke') : undefined,
  )
  await target.runtime.launch(REF, sessionSpec())
  expect(deploymentIn(target)).toBeUndefined()
  target.kube.before(undefined)
  // The next version would render another image and other options.
  const images = { ...target.context.images, FLINK_1_18: 'flink:of-the-next-version' }
  await (await target.restart({ images })).launch(
    REF,
    sessionSpec({ flinkConfiguration: { 'parallelism.default': '9' } }),
  )
  expect(deploymentIn(target)?.spec).toMatchObject({ image: 'flink:1.18.1' })
  expect(deploymentIn(target)?.spec['flinkConfiguration']).not.toHaveProperty(['parallelism.default'])
})

test('a changed renderer touches no running cluster', async () => {
  const target = await launched()
  const before = deploymentIn(target)
  const runtime = await target.restart({
    images: { ...target.context.images, FLINK_1_18: 'flink:of-the-next-version' },
  })
  await runtime.launch(REF, sessionSpec())
  expect((await observe(target)).phase).toBe('PREPARING')
  expect(deploymentIn(target)).toEqual(before)
})

test('a server killed between the apply and its record adopts what is there', async () => {
  const ledger = memoryLedger()
  const dying = { ...ledger, update: () => Promise.reject(new Error('killed')) }
  const target = fakeTarget({ ledger: dying })
  await expect(target.runtime.launch(REF, sessionSpec())).rejects.toThrow('killed')
  expect((await ledger.get(REF))?.uid).toBeUndefined()
  await target.restart({ ledger })
  expect((await observe(target)).phase).toBe('PREPARING')
  expect((await ledger.get(REF))?.uid).toBe(deploymentIn(target)?.metadata.uid)
  expect(applies(target)).toHaveLength(1)
})

test('an answer that was lost is no second cluster', async () => {
  const target = fakeTarget()
  const { apply } = target.kube.api
  const runtime = await target.restart({
    api: {
      ...target.kube.api,
      apply: async (...args) => {
        const applied = await apply(...args)
        if (isDeployment(args[0])) throw UNREACHABLE
        return applied as never
      },
    },
  })
  await runtime.launch(REF, sessionSpec())
  const uid = deploymentIn(target)?.metadata.uid
  expect((await observe(target)).phase).toBe('PREPARING')
  await (await target.restart({ api: target.kube.api })).launch(REF, sessionSpec())
  expect(deploymentIn(target)?.metadata.uid).toBe(uid)
})

test('what was launched and is gone is not brought back: that is its end', async () => {
  const target = await launched()
  removeDeployment(target)
  await target.runtime.launch(REF, sessionSpec())
  expect(deploymentIn(target)).toBeUndefined()
  expect((await observe(target)).phase).toBe('ENDED')
})

test("someone else's FlinkDeployment of the same name is never touched, nor its pods, also by force", async () => {
  const target = fakeTarget()
  changeDeployment(target, { spec: { image: 'theirs' }, metadata: { labels: { 'weir.dev/installation': 'another' } } })
  const pod = jobManager({ main: mainOf(RUNNING) })
  putPod(target, {
    ...pod,
    metadata: { ...pod.metadata, labels: { app: NAME, component: 'jobmanager', type: 'flink-native-kubernetes' } },
  })
  const before = [deploymentIn(target), target.kube.get(paths.pod(NAMESPACE, pod.metadata.name))]
  await target.runtime.launch(REF, sessionSpec())
  const observation = await target.runtime.observe(REF)
  expect(observation).toMatchObject({ phase: 'FAILED', failure: { code: 'NAMESPACE_CLAIMED' } })
  expect(await (await target.restart()).observe(REF)).toMatchObject({ phase: 'ABSENT' })
  expect(observation.detail).toMatch(
    new RegExp(
      'there is a FlinkDeployment weir-session-1 in the namespace flink already ' +
        "that is not this installation's\\. It is left alone",
    ),
  )
  expect(await target.runtime.remove(REF, { force: true })).toMatchObject({ done: true })
  expect([deploymentIn(target), target.kube.get(paths.pod(NAMESPACE, pod.metadata.name))]).toEqual(before)
})

test("someone else's Secret of the same name is neither overwritten nor deleted", async () => {
  const target = fakeTarget()
  const secret = paths.secret(NAMESPACE, NAME)
  target.kube.put(secret, { data: { theirs: 'eA==' } })
  const before = target.kube.get(secret)
  await target.runtime.launch(REF, sessionSpec({ jars: ['https://host/a.jar'] }))
  expect(await target.runtime.observe(REF)).toMatchObject({
    phase: 'FAILED',
    failure: { code: 'NAMESPACE_CLAIMED', message: expect.stringContaining('a Secret weir-session-1') },
  })
  expect(await target.runtime.remove(REF, { force: false })).toMatchObject({ done: true })
  expect(target.kube.get(secret)).toEqual(before)
})

test("a runtime that the operator doesn't know is refused by name, before anything is kept", async () => {
  const target = fakeTarget()
  await target.runtime.launch(REF, sessionSpec({ runtime: 'FLINK_2_0' }))
  expect(await target.runtime.observe(REF)).toMatchObject({
    phase: 'FAILED',
    failure: {
      code: 'INVALID_SPEC',
      message: expect.stringMatching(/does not know FLINK_2_0: it runs v1_17, v1_18, v1_19\./),
    },
  })
  expect(await target.context.ledger.get(REF)).toBeUndefined()
  expect(await target.runtime.remove(REF, { force: false })).toEqual({ done: true, waitingOn: '' })
  expect((await target.runtime.observe(REF)).phase).toBe('ABSENT')
})

test('what was refused is forgotten once another try goes well', async () => {
  const target = fakeTarget()
  target.kube.before(({ verb, path }) =>
    verb === 'apply' && isDeployment(path)
      ? new KubeError('exceeded quota', { status: 403, reason: 'Forbidden' })
      : undefined,
  )
  await target.runtime.launch(REF, sessionSpec())
  expect(await target.runtime.observe(REF)).toMatchObject({
    phase: 'FAILED',
    failure: { code: 'KUBERNETES_REFUSED', message: 'exceeded quota', retryable: true },
  })
  target.kube.before(undefined)
  await target.runtime.launch(REF, sessionSpec())
  expect((await observe(target)).phase).toBe('PREPARING')
})

test('a launch that the API server would not take now says so, and is tried again when it wants to be asked', async () => {
  const target = fakeTarget()
  const due: unknown[] = []
  target.runtime.onSignal((cluster) => due.push(cluster))
  target.kube.before(({ verb, path }) =>
    verb === 'apply' && isDeployment(path)
      ? new KubeUnreachable('too many requests', { status: 429, retryAfterMs: 7_000 })
      : undefined,
  )
  await target.runtime.launch(REF, sessionSpec())
  expect(await observe(target)).toMatchObject({
    phase: 'PREPARING',
    detail:
      'Kubernetes has not taken the cluster yet, and is asked again at 2026-01-05T08:00:07.000Z: too many requests',
  })
  target.kube.before(undefined)
  const before = applies(target).length
  await target.clock.advance(6_999)
  await target.runtime.launch(REF, sessionSpec())
  expect([applies(target).length, due]).toEqual([before, []])
  await target.clock.advance(1)
  expect(due).toEqual([REF])
  expect((await observe(target)).phase).toBe('ABSENT')
  await target.runtime.launch(REF, sessionSpec())
  expect((await observe(target)).detail).toBe("waiting for the JobManager's pod")
})

test('a launch that is refused again and again is tried less and less often', async () => {
  const target = fakeTarget()
  target.kube.before(({ verb, path }) =>
    verb === 'apply' && isDeployment(path) ? new KubeUnreachable('no', { status: 500 }) : undefined,
  )
  for (let second = 0; second < 120; second += 1) {
    await target.runtime.launch(REF, sessionSpec())
    await target.clock.advance(1_000)
  }
  // After 0, 1, 3, 7, 15, 31, 61 and 91 s.
  expect(applies(target)).toHaveLength(8)
})

test('an API server that does not answer fails no launch', async () => {
  const target = fakeTarget()
  await target.kube.fail(UNREACHABLE)
  await target.runtime.launch(REF, sessionSpec())
  await target.kube.fail(undefined)
  expect((await observe(target)).phase).toBe('ABSENT')
})

test.each<[boolean, Record<string, string>]>([
  [true, { 'high-availability.type': 'kubernetes' }],
  [true, { 'high-availability': 'KUBERNETES' }],
  [true, { 'high-availability': 'org.apache.flink.kubernetes.highavailability.KubernetesHaServicesFactory' }],
  [false, { 'high-availability.type': 'none', 'high-availability': 'kubernetes' }],
  [false, { 'high-availability.type': 'zookeeper' }],
  [false, {}],
])('that Flink recovers by itself is %s with %j', (recovers, flinkConfiguration) => {
  expect(recoversItself({ deployment: { spec: { flinkConfiguration } } })).toBe(recovers)
})
