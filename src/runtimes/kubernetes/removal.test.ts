import { expect, test } from 'vitest'
import {
  changeDeployment,
  deploymentIn,
  type FakeTarget,
  fakeTarget,
  INSTALLATION,
  launched,
  NAMESPACE,
  OPERATOR_FINALIZER,
  observe,
  putPod,
  REF,
  removeDeployment,
  sessionSpec,
} from '../../../tests/support/fake-kubernetes.ts'
import { memoryLedger } from '../../../tests/support/kubernetes.ts'
import { KubeUnreachable } from './client/errors.ts'
import { jobManager, mainOf, RUNNING, taskManager } from './objects.fixture.ts'
import { paths } from './objects.ts'

const NAME = 'weir-session-1'
const LABELS = { 'weir.dev/installation': INSTALLATION, 'weir.dev/resource': 'SESSION', 'weir.dev/generation': '1' }
const UNREACHABLE = new KubeUnreachable('nobody answers')

const finalized = async (): Promise<FakeTarget> => {
  const target = await launched()
  changeDeployment(target, { metadata: { finalizers: [OPERATOR_FINALIZER] } })
  await target.clock.advance(0)
  return target
}
const remove = async ({ runtime, clock }: FakeTarget, force: boolean) => {
  await clock.advance(0)
  return runtime.remove(REF, { force })
}

test('waits for the operator and says so, for as long as it takes', async () => {
  const target = await finalized()
  await remove(target, false)
  const progress = await remove(target, false)
  expect(progress).toEqual({
    done: false,
    waitingOn: `the Flink operator to let go of FlinkDeployment ${NAME} (finalizer ${OPERATOR_FINALIZER}); is it running?`,
  })
  await target.clock.advance(600_000)
  expect(await remove(target, false)).toMatchObject({ done: false })
  changeDeployment(target, { metadata: { finalizers: [] } })
  expect(await remove(target, false)).toEqual({ done: true, waitingOn: '' })
  expect(await target.context.ledger.get(REF)).toBeUndefined()
})

test('waits for the pods and names them', async () => {
  const target = await launched()
  putPod(target, taskManager(1, { main: mainOf(RUNNING) }))
  await remove(target, false)
  expect(await remove(target, false)).toEqual({ done: false, waitingOn: `pod ${taskManager(1).metadata.name} to stop` })
  target.kube.remove(paths.pod(NAMESPACE, taskManager(1).metadata.name))
  expect(await remove(target, false)).toMatchObject({ done: true })
})

test('by force takes the finalizer away after 30 s, and kills pods at once', async () => {
  const target = await finalized()
  const uid = deploymentIn(target)?.metadata.uid
  putPod(target, taskManager(1, { main: mainOf(RUNNING) }))
  putPod(target, jobManager({ main: mainOf(RUNNING) }))
  await remove(target, true)
  expect(target.kube.get(paths.pod(NAMESPACE, taskManager(1).metadata.name))).toBeUndefined()
  // It would be made anew.
  expect(target.kube.get(paths.pod(NAMESPACE, jobManager().metadata.name))).toBeDefined()
  await target.clock.advance(29_000)
  await remove(target, true)
  expect(deploymentIn(target)).toBeDefined()
  await target.clock.advance(6_000)
  await remove(target, true)
  expect(deploymentIn(target)).toBeUndefined()
  const patch = target.kube.calls.findLast(({ verb }) => verb === 'merge')?.body
  expect(patch).toMatchObject({ metadata: { finalizers: null, uid, resourceVersion: expect.any(String) } })
  await remove(target, true)
  expect(await remove(target, true)).toEqual({ done: true, waitingOn: '' })
})

test('never touches what others have made under the same name since', async () => {
  const target = await finalized()
  await remove(target, true)
  removeDeployment(target)
  const theirs = changeDeployment(target, {
    spec: { image: 'theirs' },
    metadata: { finalizers: ['theirs'], labels: LABELS },
  })
  await target.clock.advance(60_000)
  expect(await remove(target, true)).toMatchObject({ done: true })
  expect(deploymentIn(target)).toEqual(theirs)
})

test('a deletion hits only what was inspected, even where others replace it at that moment', async () => {
  const target = await launched()
  let theirs: object | undefined
  target.kube.before(({ verb }) => {
    if (verb !== 'delete' || theirs) return
    removeDeployment(target)
    theirs = changeDeployment(target, { spec: { image: 'theirs' }, metadata: { labels: LABELS } })
  })
  await remove(target, false)
  expect(theirs).toBeDefined()
  expect(deploymentIn(target)).toEqual(theirs)
})

test('that nothing is left is believed of a fresh look only: watches may be behind', async () => {
  const target = fakeTarget()
  await observe(target)
  target.kube.hush()
  await target.runtime.launch(REF, sessionSpec())
  expect(await remove(target, false)).toMatchObject({ done: false })
  expect(deploymentIn(target)).toBeUndefined()
})

test('removes one that a killed server had applied and not yet recorded', async () => {
  const ledger = memoryLedger()
  const target = fakeTarget({ ledger: { ...ledger, update: () => Promise.reject(new Error('killed')) } })
  await expect(target.runtime.launch(REF, sessionSpec())).rejects.toThrow('killed')
  await target.restart({ ledger })
  await remove(target, false)
  expect(deploymentIn(target)).toBeUndefined()
  expect(await remove(target, false)).toMatchObject({ done: true })
})

test('an unreachable API server ends a forced removal after 30 s, saying what is left; only a forced one', async () => {
  const target = await finalized()
  await target.kube.fail(UNREACHABLE)
  await expect(target.runtime.remove(REF, { force: false })).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
  await target.clock.advance(600_000)
  await expect(target.runtime.remove(REF, { force: false })).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
  expect(await target.runtime.remove(REF, { force: true })).toMatchObject({
    done: false,
    waitingOn: expect.stringContaining('for 30 s more'),
  })
  await target.clock.advance(29_000)
  expect(await target.runtime.remove(REF, { force: true })).toMatchObject({ done: false })
  await target.clock.advance(1_000)
  expect(await target.runtime.remove(REF, { force: true })).toMatchObject({
    done: true,
    leftBehind: expect.stringMatching(
      /nobody answers.*When it is back: kubectl delete flinkdeployment weir-session-1 -n flink$/,
    ),
  })
  expect(deploymentIn(target)?.metadata.deletionTimestamp).toBeUndefined()
})

test('what was never launched is removed at once, also from an unreachable target', async () => {
  const target = fakeTarget()
  await target.kube.fail(UNREACHABLE)
  expect(await target.runtime.remove(REF, { force: false })).toEqual({ done: true, waitingOn: '' })
})

test('asks the API server now and then, not each time', async () => {
  const target = await finalized()
  for (let time = 0; time < 10; time += 1) {
    await remove(target, false)
    await target.clock.advance(100)
  }
  expect(target.kube.calls.filter(({ verb }) => verb === 'delete')).toHaveLength(1)
})

test('leaves other generations, and what others have in the namespace, alone', async () => {
  const target = await launched()
  const next = { resource: 'SESSION', generation: 2 }
  await target.runtime.launch(next, sessionSpec())
  target.kube.put(paths.pod(NAMESPACE, 'their-pod'), {
    metadata: { labels: { app: 'theirs', type: 'flink-native-kubernetes' } },
  })
  await remove(target, true)
  expect(await remove(target, true)).toMatchObject({ done: true })
  expect(target.kube.get(paths.deployment(NAMESPACE, 'weir-session-2'))).toBeDefined()
  expect(target.kube.get(paths.pod(NAMESPACE, 'their-pod'))).toBeDefined()
  expect((await target.runtime.observe(next)).phase).toBe('PREPARING')
})
