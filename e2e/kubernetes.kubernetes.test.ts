/** Sessions and session jobs on a real Kubernetes with the real operator: the main path, and what dies comes back. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { expect, inject, test } from 'vitest'
import { paths } from '../src/runtimes/kubernetes/objects.ts'
import { kubectl } from '../tests/support/kubernetes.ts'
import {
  jarInS3,
  type KubeWeir,
  kubeSession,
  reachableByPods,
  repository,
  startKubeWeir,
} from './support/kubernetes.ts'
import { jarInOperator, sessionJobs } from './support/operator.ts'
import {
  createJob,
  createSession,
  eventsOf,
  job,
  jobSpec,
  removeSession,
  session,
  untilJob,
  untilSession,
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { data } from './support/weir.ts'

const COUNTER = 'dev.weir.jobs.ExactCounter'
const FOLDER = '/tmp/lives'
const SLOW = 240_000

/** Of the folders of all counters. */
const linesOf = (weir: KubeWeir): Promise<string[]> => weir.linesInTaskManagers(`${FOLDER}*`)
const starts = async (weir: KubeWeir): Promise<string[]> =>
  (await linesOf(weir)).filter((line) => line.startsWith('start '))
const wrong = async (weir: KubeWeir): Promise<string[]> =>
  (await linesOf(weir)).filter((line) => line.startsWith('WRONG'))

async function untilCheckpoint(weir: KubeWeir, sessionId: string, jobId: string): Promise<void> {
  const before = (await job(weir, sessionId, jobId)).status?.lastCheckpoint?.id ?? 0
  await untilJob(weir, sessionId, jobId, (observed) => (observed.status?.lastCheckpoint?.id ?? 0) > before, SLOW)
}

/** The caller's jars as the JobManager has them. */
async function jarsInPods({ pods, namespace }: KubeWeir): Promise<string[]> {
  const [pod] = await pods('jobmanager')
  return (
    await kubectl(
      'exec',
      '-n',
      namespace,
      pod!.metadata.name,
      '-c',
      'flink-main-container',
      '--',
      'ls',
      '/opt/flink/lib/extra',
    )
  )
    .trim()
    .split('\n')
}

/** The newest life of the counter began with saved state. */
const untilRestored = (weir: KubeWeir, before: readonly string[]): Promise<true | undefined> => {
  let last: string[] = []
  return until(
    'the job goes on from its state',
    async () => {
      last = await starts(weir)
      return last.some((line) => !before.includes(line) && line.startsWith('start restored=true total=')) || undefined
    },
    { timeoutMs: SLOW, last: () => last },
  )
}

test('with high availability a dead TaskManager, a dead JobManager and a killed server cost no record, and deletion leaves nothing', async () => {
  const example = await readFile(inject('jars').example)
  let weir = await startKubeWeir({
    flags: [...(await reachableByPods()), '--maven-repository', await repository(example)],
  })
  data(
    await weir.client.uploadArtifact({
      path: { ws: weir.workspace },
      query: { name: 'uploaded.jar' },
      body: new Blob([example]),
    }),
  )
  const jars = [await jarInS3(), 'artifact://uploaded.jar', 'maven:org.example:example:1.0']
  const sessionId = await createSession(weir, kubeSession(weir, { jars }))
  const jobId = await createJob(weir, sessionId, jobSpec('exact', COUNTER, [FOLDER]))
  const first = await untilJob(weir, sessionId, jobId, 'RUNNING', SLOW)
  await untilSession(
    weir,
    sessionId,
    (observed) => observed.state === 'RUNNING' && observed.status?.taskManagers?.running === 1,
  )
  await untilCheckpoint(weir, sessionId, jobId)
  expect(await jarsInPods(weir)).toEqual([basename(inject('jars').tests), 'example-1.0.jar', 'uploaded.jar'].sort())

  let before = await starts(weir)
  await weir.crash('taskmanager')
  await untilRestored(weir, before)
  await untilJob(weir, sessionId, jobId, 'RUNNING', SLOW)
  await untilCheckpoint(weir, sessionId, jobId)
  expect(await eventsOf(weir, sessionId)).toContainEqual(expect.stringMatching(/^TaskManager 1 exited with code/))

  // The next server finds everything as it is.
  expect(await weir.kill('SIGKILL')).toBe('SIGKILL')
  before = await starts(weir)
  await weir.crash('jobmanager')
  weir = await weir.restart()
  await untilRestored(weir, before)
  const back = await untilJob(
    weir,
    sessionId,
    jobId,
    (observed) => observed.state === 'RUNNING' && observed.status?.jobState === 'RUNNING',
    SLOW,
  )
  expect(back.job.id).toBe(first.job.id)
  // By Flink: once for the TaskManager, once for the JobManager. None by Weir.
  await untilJob(weir, sessionId, jobId, ({ status }) => (status?.restarts ?? 0) >= 2, SLOW)
  expect((await session(weir, sessionId)).status?.restarts).toBe(0)
  await untilCheckpoint(weir, sessionId, jobId)
  expect(await wrong(weir)).toEqual([])
  expect(await weir.deployments()).toHaveLength(1)

  await removeSession(weir, sessionId)
  expect(await weir.deployments()).toEqual([])
  expect(await weir.pods()).toEqual([])
  const selector = { labelSelector: `weir.dev/installation=${weir.installation}` }
  expect((await weir.cluster.api.list(paths.secrets(weir.namespace), selector)).items).toEqual([])
  data(await weir.client.deleteWorkspace({ path: { ws: weir.workspace } }))
  await until('the workspace and its claim are gone', async () => {
    const observed = await weir.client.describeWorkspace({ path: { ws: weir.workspace } })
    return (
      !observed.ok &&
      observed.error.status === 404 &&
      (await weir.cluster.api.find(paths.configMap(weir.namespace, 'weir-claim'))) === undefined
    )
  })
})

test('without high availability a dead JobManager, and a FlinkDeployment that was changed, mean a new cluster; all jobs go on there', async () => {
  const weir = await startKubeWeir()
  const sessionId = await createSession(
    weir,
    kubeSession(weir, { flinkConfiguration: { 'high-availability.type': 'none' } }),
  )
  const jobId = await createJob(weir, sessionId, {
    name: 'exact',
    flinkConfiguration: {},
    job: { entryClass: COUNTER, args: [FOLDER], jarUri: await jarInS3() },
  })
  // This one's jar lies in the operator's container, so that the operator submits it.
  const handedOver = await createJob(weir, sessionId, {
    name: 'by the operator',
    flinkConfiguration: { 'pipeline.name': 'by the operator' },
    job: { entryClass: COUNTER, args: [`${FOLDER}-2`], jarUri: await jarInOperator() },
  })
  const both = [jobId, handedOver]
  const first = await runningWithCheckpoints(weir, sessionId, both)

  await weir.crash('jobmanager')
  const second = await runningAnew(weir, sessionId, first)
  const [observed, ...more] = await sessionJobs(weir)
  expect(more).toEqual([])
  expect(observed?.metadata.name).toBe(`weir-${handedOver.toLowerCase()}-2`)
  expect(second.get(handedOver)).toBe(observed?.status?.jobStatus?.jobId)
  expect(await starts(weir)).toEqual(both.map(() => expect.stringMatching(/^start restored=true total=[1-9]/)))
  expect((await session(weir, sessionId)).status?.restarts).toBe(1)
  expect(await runningWithCheckpoints(weir, sessionId, both)).toEqual(second)

  const [deployment] = await weir.deployments()
  await weir.cluster.api.merge(
    paths.deployment(weir.namespace, deployment!.metadata.name),
    {
      spec: { flinkConfiguration: { 'parallelism.default': '2' } },
    },
    { fieldManager: 'somebody' },
  )
  await runningAnew(weir, sessionId, second)
  expect(await starts(weir)).toEqual(both.map(() => expect.stringMatching(/^start restored=true total=[1-9]/)))
  expect(await wrong(weir)).toEqual([])
  const events = await eventsOf(weir, sessionId)
  expect(events).not.toContainEqual(expect.stringContaining('which nothing here wants'))
  expect(events).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^JobManager exited with code .*the cluster is started again$/),
      expect.stringMatching(
        /someone else changed spec\.flinkConfiguration\.parallelism\.default of its FlinkDeployment/,
      ),
    ]),
  )
  const logs = data(
    await weir.client.getFlinkSessionLogs({ path: { ws: weir.workspace, session: sessionId }, query: {} }),
  ).items
  expect(new Set(logs.filter(({ lines }) => lines.length > 0).map(({ generation }) => generation))).toEqual(
    new Set([1, 2, 3]),
  )
  await removeSession(weir, sessionId)
  expect([await sessionJobs(weir), await weir.deployments()]).toEqual([[], []])
})

type FlinkIds = ReadonlyMap<string, string | undefined>

/** The Flink job of each, once it runs and has a checkpoint that it did not have before. */
async function runningWithCheckpoints(weir: KubeWeir, sessionId: string, jobs: readonly string[]): Promise<FlinkIds> {
  const ids = new Map<string, string | undefined>()
  for (const id of jobs) {
    ids.set(id, (await untilJob(weir, sessionId, id, 'RUNNING', SLOW)).job.id)
    await untilCheckpoint(weir, sessionId, id)
  }
  return ids
}

/** Once each runs as another Flink job than before. */
async function runningAnew(weir: KubeWeir, sessionId: string, before: FlinkIds): Promise<FlinkIds> {
  const ids = new Map<string, string | undefined>()
  for (const [id, old] of before) {
    const observed = await untilJob(weir, sessionId, id, (now) => now.state === 'RUNNING' && now.job.id !== old, SLOW)
    ids.set(id, observed.job.id)
  }
  return ids
}
