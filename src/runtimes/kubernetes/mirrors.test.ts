import { expect, test, vi } from 'vitest'
import {
  changeDeployment,
  deploymentIn,
  type FakeTarget,
  INSTALLATION,
  launched,
  NAMESPACE,
  observe,
  putPod,
  REF,
  removeDeployment,
} from '../../../tests/support/fake-kubernetes.ts'
import type { ClusterRef } from '../../domain/cluster.ts'
import { KubeUnreachable } from './client/errors.ts'
import { jobManager, mainOf, RUNNING, taskManager, terminated } from './objects.fixture.ts'
import { paths } from './objects.ts'

const LABELS = { 'weir.dev/installation': INSTALLATION, 'weir.dev/resource': 'SESSION', 'weir.dev/generation': '1' }
const UNREACHABLE = new KubeUnreachable('nobody answers')

const live = async (target: FakeTarget): Promise<void> => {
  putPod(target, jobManager({ main: mainOf(RUNNING) }))
  expect((await observe(target)).phase).toBe('UP')
}

test('an unreachable API server is no observation, and what was there is there when it is back', async () => {
  const target = await launched()
  await live(target)
  await target.kube.fail(UNREACHABLE)
  await expect(target.runtime.observe(REF)).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
  await target.kube.fail(undefined)
  expect((await observe(target)).phase).toBe('UP')
})

test('labels of ours are put back; labels of others stay', async () => {
  const target = await launched()
  changeDeployment(target, {
    metadata: { labels: { team: 'a', 'weir.dev/resource': null, 'weir.dev/installation': 'x' } },
  })
  expect((await observe(target)).phase).toBe('PREPARING')
  expect(deploymentIn(target)?.metadata.labels).toEqual({ ...LABELS, team: 'a' })
})

test('a changed specification is the end of the cluster, and told by what was changed', async () => {
  const target = await launched()
  await live(target)
  changeDeployment(target, { spec: { flinkConfiguration: { 'parallelism.default': '3' } } })
  const observation = await observe(target)
  expect(observation).toMatchObject({ phase: 'ENDED', incarnation: 'jm-1/0' })
  expect(observation.detail).toContain('someone else changed spec.flinkConfiguration.parallelism.default')
})

test('a FlinkDeployment that was made anew by others is not ours', async () => {
  const target = await launched()
  const { spec } = deploymentIn(target)!
  removeDeployment(target)
  changeDeployment(target, { spec, metadata: { labels: LABELS } })
  expect((await observe(target)).phase).toBe('ENDED')
})

test('the first life of the JobManager is remembered, and its restart told by the next server', async () => {
  const target = await launched()
  await live(target)
  await target.context.ledger.update(REF, { reached: true })
  expect(await target.context.ledger.get(REF)).toMatchObject({ incarnation: 'jm-1/0' })
  await target.restart()
  putPod(
    target,
    jobManager({ main: mainOf(RUNNING, { restartCount: 1, lastState: terminated(137, { reason: 'OOMKilled' }) }) }),
  )
  const observation = await observe(target)
  expect(observation).toMatchObject({
    phase: 'ENDED',
    incarnation: 'jm-1/0',
    detail: expect.stringContaining('OOMKilled'),
  })
})

test('the last words of a dead TaskManager come with its exit, and its log outlives its pod', async () => {
  const target = await launched()
  await live(target)
  putPod(target, taskManager(1, { main: mainOf(RUNNING) }))
  await target.clock.advance(0)
  const text =
    '2026-01-05 08:00:00,000 ERROR org.apache.flink.Main - Fatal error\njava.lang.OutOfMemoryError: Metaspace\n'
  const pod = taskManager(1, { main: mainOf(terminated(239)) })
  target.kube.put(`${paths.pod(NAMESPACE, pod.metadata.name)}/log`, { text })
  putPod(target, pod)
  const message = await target.clock.until(
    async () => (await target.runtime.observe(REF)).exits.find(({ role }) => role === 'taskmanager')?.message,
  )
  expect(message).toContain('OutOfMemoryError: Metaspace')
  const file = async () => (await target.runtime.logs('SESSION', { tail: 10, role: 'taskmanager' }))[0]
  target.kube.remove(paths.pod(NAMESPACE, pod.metadata.name))
  await target.clock.advance(0)
  // It is on its way to the disk.
  await vi.waitFor(async () => {
    expect(await file()).toMatchObject({ alive: false, ordinal: 1, lines: text.trimEnd().split('\n') })
  })
})

test('something that happens to a cluster is signalled', async () => {
  const target = await launched()
  const signals: ClusterRef[] = []
  target.runtime.onSignal((cluster) => signals.push(cluster))
  await target.runtime.observe(REF)
  signals.length = 0
  putPod(target, jobManager())
  changeDeployment(target, { status: { error: 'x' } })
  await target.clock.advance(0)
  expect(signals).toEqual([REF, REF])
})

const JM_LOG = paths.podLog(NAMESPACE, jobManager().metadata.name)
const FATAL = `2026-01-05 08:00:58,123 INFO  org.apache.flink.runtime.Some [] - all is well
2026-01-05 08:00:59,123 ERROR org.apache.flink.util.FatalExitExceptionHandler [] - FATAL: Thread 'x' produced an uncaught
java.util.concurrent.CompletionException: java.lang.IllegalStateException: outer
	at java.base/java.lang.Thread.run(Thread.java:1)
Caused by: io.fabric8.kubernetes.client.KubernetesClientException: the server said no
	at java.base/java.lang.Thread.run(Thread.java:1)
2026-01-05 08:00:59,200 INFO  org.apache.flink.runtime.Other [] - Terminating cluster entrypoint.
`

/** A JobManager that has answered once and ends, whose log comes only when the answer of this is called. */
async function endedAfterAnswering(log: string): Promise<{ target: FakeTarget; come: () => void }> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const target = await launched()
  const { text } = target.kube.api
  const api = { ...target.kube.api, text: (path: string) => promise.then(() => text(path)) }
  await target.restart({ api })
  await live(target)
  await target.context.ledger.update(REF, { reached: true })
  target.kube.put(JM_LOG, { text: log })
  putPod(target, jobManager({ main: mainOf(terminated(239)) }))
  return { target, come: resolve }
}

test('how a JobManager ended is told with its last words, also where its log takes a while to come', async () => {
  const { target, come } = await endedAfterAnswering(FATAL)
  const asked = observe(target)
  come()
  expect(await asked).toMatchObject({
    phase: 'ENDED',
    exits: [
      {
        role: 'jobmanager',
        exit: { code: 239, reason: 'exited with code 239' },
        message: 'KubernetesClientException: the server said no',
      },
    ],
  })
})

test('where nothing sounds like an error, the end of the log is what is told', async () => {
  const { target, come } = await endedAfterAnswering('one\ntwo\n\n')
  come()
  expect((await observe(target)).exits).toMatchObject([{ message: 'its log ends in "two"' }])
})

test('where the log is gone, what the kubelet has kept of it is told', async () => {
  const target = await launched()
  await live(target)
  putPod(target, jobManager({ main: mainOf(terminated(239, { message: FATAL })) }))
  expect(await observe(target)).toMatchObject({
    phase: 'FAILED',
    failure: { message: expect.stringContaining('KubernetesClientException: the server said no') },
  })
})
