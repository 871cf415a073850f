import { expect, test } from 'vitest'
import {
  changeDeployment,
  deploymentIn,
  type FakePlace,
  fakePlace,
  INSTALLATION,
  launched,
  look,
  NAMESPACE,
  OPERATOR_FINALIZER,
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

const finalized = async (): Promise<FakePlace> => {
  const place = await launched()
  changeDeployment(place, { metadata: { finalizers: [OPERATOR_FINALIZER] } })
  await place.clock.advance(0)
  return place
}
const remove = async ({ runtime, clock }: FakePlace, force: boolean) => {
  await clock.advance(0)
  return runtime.remove(REF, { force })
}

test('waits for the operator and says so, for as long as it takes', async () => {
  const place = await finalized()
  await remove(place, false)
  const progress = await remove(place, false)
  expect(progress).toEqual({
    done: false,
    waitingOn: `the Flink operator to let go of FlinkDeployment ${NAME} (finalizer ${OPERATOR_FINALIZER}); is it running?`,
  })
  await place.clock.advance(600_000)
  expect(await remove(place, false)).toMatchObject({ done: false })
  changeDeployment(place, { metadata: { finalizers: [] } })
  expect(await remove(place, false)).toEqual({ done: true, waitingOn: '' })
  expect(await place.context.ledger.get(REF)).toBeUndefined()
})

test('waits for the pods and names them', async () => {
  const place = await launched()
  putPod(place, taskManager(1, { main: mainOf(RUNNING) }))
  await remove(place, false)
  expect(await remove(place, false)).toEqual({ done: false, waitingOn: `pod ${taskManager(1).metadata.name} to stop` })
  place.kube.remove(paths.pod(NAMESPACE, taskManager(1).metadata.name))
  expect(await remove(place, false)).toMatchObject({ done: true })
})

test('by force takes the finalizer away after 30 s, and kills pods at once', async () => {
  const place = await finalized()
  const uid = deploymentIn(place)?.metadata.uid
  putPod(place, taskManager(1, { main: mainOf(RUNNING) }))
  putPod(place, jobManager({ main: mainOf(RUNNING) }))
  await remove(place, true)
  expect(place.kube.get(paths.pod(NAMESPACE, taskManager(1).metadata.name))).toBeUndefined()
  // It would be made anew.
  expect(place.kube.get(paths.pod(NAMESPACE, jobManager().metadata.name))).toBeDefined()
  await place.clock.advance(29_000)
  await remove(place, true)
  expect(deploymentIn(place)).toBeDefined()
  await place.clock.advance(6_000)
  await remove(place, true)
  expect(deploymentIn(place)).toBeUndefined()
  const patch = place.kube.calls.find(({ verb }) => verb === 'merge')?.body
  expect(patch).toMatchObject({ metadata: { finalizers: null, uid, resourceVersion: expect.any(String) } })
  await remove(place, true)
  expect(await remove(place, true)).toEqual({ done: true, waitingOn: '' })
})

test('never touches what others have made under the same name since', async () => {
  const place = await finalized()
  await remove(place, true)
  removeDeployment(place)
  const theirs = changeDeployment(place, {
    spec: { image: 'theirs' },
    metadata: { finalizers: ['theirs'], labels: LABELS },
  })
  await place.clock.advance(60_000)
  expect(await remove(place, true)).toMatchObject({ done: true })
  expect(deploymentIn(place)).toEqual(theirs)
})

test('a deletion hits only what was looked at, even where others put something in its place at that moment', async () => {
  const place = await launched()
  let theirs: object | undefined
  place.kube.before(({ verb }) => {
    if (verb !== 'delete' || theirs) return
    removeDeployment(place)
    theirs = changeDeployment(place, { spec: { image: 'theirs' }, metadata: { labels: LABELS } })
  })
  await remove(place, false)
  expect(theirs).toBeDefined()
  expect(deploymentIn(place)).toEqual(theirs)
})

test('that nothing is left is believed of a fresh look only: watches may be behind', async () => {
  const place = fakePlace()
  await look(place)
  place.kube.hush()
  await place.runtime.launch(REF, sessionSpec())
  expect(await remove(place, false)).toMatchObject({ done: false })
  expect(deploymentIn(place)).toBeUndefined()
})

test('removes one that a killed server had applied and not yet recorded', async () => {
  const ledger = memoryLedger()
  const place = fakePlace({ ledger: { ...ledger, update: () => Promise.reject(new Error('killed')) } })
  await expect(place.runtime.launch(REF, sessionSpec())).rejects.toThrow('killed')
  await place.restart({ ledger })
  await remove(place, false)
  expect(deploymentIn(place)).toBeUndefined()
  expect(await remove(place, false)).toMatchObject({ done: true })
})

test('an unreachable API server ends a forced removal after 30 s, with what is left behind, and never an unforced one', async () => {
  const place = await finalized()
  await place.kube.fail(UNREACHABLE)
  await expect(place.runtime.remove(REF, { force: false })).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
  await place.clock.advance(600_000)
  await expect(place.runtime.remove(REF, { force: false })).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
  expect(await place.runtime.remove(REF, { force: true })).toMatchObject({
    done: false,
    waitingOn: expect.stringContaining('for 30 s more'),
  })
  await place.clock.advance(29_000)
  expect(await place.runtime.remove(REF, { force: true })).toMatchObject({ done: false })
  await place.clock.advance(1_000)
  expect(await place.runtime.remove(REF, { force: true })).toMatchObject({
    done: true,
    leftBehind: expect.stringMatching(
      /nobody answers.*When it is back: kubectl delete flinkdeployment weir-session-1 -n flink$/,
    ),
  })
  expect(deploymentIn(place)?.metadata.deletionTimestamp).toBeUndefined()
})

test('what was never launched is removed at once, also from an unreachable place', async () => {
  const place = fakePlace()
  await place.kube.fail(UNREACHABLE)
  expect(await place.runtime.remove(REF, { force: false })).toEqual({ done: true, waitingOn: '' })
})

test('asks the API server now and then, not each time', async () => {
  const place = await finalized()
  for (let time = 0; time < 10; time += 1) {
    await remove(place, false)
    await place.clock.advance(100)
  }
  expect(place.kube.calls.filter(({ verb }) => verb === 'delete')).toHaveLength(1)
})

test('leaves other generations, and what others have in the namespace, alone', async () => {
  const place = await launched()
  const next = { resource: 'SESSION', generation: 2 }
  await place.runtime.launch(next, sessionSpec())
  place.kube.put(paths.pod(NAMESPACE, 'their-pod'), {
    metadata: { labels: { app: 'theirs', type: 'flink-native-kubernetes' } },
  })
  await remove(place, true)
  expect(await remove(place, true)).toMatchObject({ done: true })
  expect(place.kube.get(paths.deployment(NAMESPACE, 'weir-session-2'))).toBeDefined()
  expect(place.kube.get(paths.pod(NAMESPACE, 'their-pod'))).toBeDefined()
  expect((await place.runtime.observe(next)).phase).toBe('PREPARING')
})
