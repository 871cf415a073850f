/** A session job whose jar lies in the operator's container: the operator submits it, and from then on it is a job like any other. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { FlinkSessionJobSpec } from '../src/api/client/generated/types.gen.ts'
import type { FlinkSessionJob } from '../src/runtimes/kubernetes/session-jobs.ts'
import { kubectl } from '../tests/support/kubernetes.ts'
import { type KubeWeir, kubeSession, startKubeWeir } from './support/kubernetes.ts'
import { createJob, createSession, eventsOf, removeSession, session, untilJob } from './support/scenario.ts'
import { until } from './support/wait.ts'
import { data } from './support/weir.ts'

const COUNTER = 'dev.weir.jobs.ExactCounter'
const FOLDER = '/tmp/lives'
const SLOW = 240_000

/** Where the operator runs: `namespace/deployment`. */
const [OPERATOR_NAMESPACE = '', OPERATOR = ''] = (
  process.env['WEIR_TEST_OPERATOR'] ?? 'flink-operator/flink-kubernetes-operator'
).split('/')
const inOperator = (...command: string[]): string[] => [
  'exec',
  '-i',
  '-n',
  OPERATOR_NAMESPACE,
  `deployment/${OPERATOR}`,
  '--',
  ...command,
]

/** The jar of the test jobs in the operator's container, gone with the test; its URI. */
async function jarInOperator(): Promise<string> {
  const path = `/tmp/weir-test-${process.pid}.jar`
  const [program = 'kubectl', ...first] = (process.env['KUBECTL'] ?? 'kubectl').split(' ')
  const jar = await readFile(inject('jars').tests)
  onTestFinished(() => kubectl(...inOperator('rm', '-f', path)).then(() => {}))
  // On a busy machine what is written to a command by way of the API server may get lost.
  await until(
    'the operator has the jar',
    async () => {
      const copy = spawn(program, [...first, ...inOperator('sh', '-c', `cat > ${path} && wc -c < ${path}`)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      copy.stdin.end(jar)
      return Number(await text(copy.stdout)) === jar.length
    },
    { timeoutMs: 60_000 },
  )
  return `file://${path}`
}

const job = (jarUri: string, name = 'exact', entryClass = COUNTER): FlinkSessionJobSpec => ({
  name,
  flinkConfiguration: { 'pipeline.name': name },
  job: { entryClass, args: [FOLDER], jarUri },
})

const sessionJobs = async ({ cluster, namespace, installation }: KubeWeir): Promise<FlinkSessionJob[]> =>
  (
    await cluster.api.list<FlinkSessionJob>(`/apis/flink.apache.org/v1beta1/namespaces/${namespace}/flinksessionjobs`, {
      labelSelector: `weir.dev/installation=${installation}`,
    })
  ).items

/** Flink's own word, through the API server. */
async function flinkState({ cluster, namespace, deployments }: KubeWeir, id: string): Promise<string> {
  const [deployment] = await deployments()
  const service = `${deployment?.metadata.name}-rest:8081`
  return (
    await cluster.api.get<{ status: string }>(
      `/api/v1/namespaces/${namespace}/services/${service}/proxy/jobs/${id}/status`,
    )
  ).status
}

async function untilCheckpoint(weir: KubeWeir, sessionId: string, jobId: string): Promise<void> {
  await untilJob(weir, sessionId, jobId, (seen) => (seen.status?.lastCheckpoint?.id ?? 0) > 0, SLOW)
}

async function removeJob(weir: KubeWeir, sessionId: string, jobId: string): Promise<void> {
  data(
    await weir.client.deleteFlinkSessionJob({
      path: { ws: weir.workspace, session: sessionId, job: jobId },
      query: {},
    }),
  )
  await until(
    'the job is gone',
    async () => {
      const seen = await weir.client.describeFlinkSessionJob({
        path: { ws: weir.workspace, session: sessionId, job: jobId },
      })
      return !seen.ok && seen.error.status === 404
    },
    { timeoutMs: 60_000 },
  )
}

test("a job whose jar is a file of the operator's container runs as a FlinkSessionJob; deleted, nothing of it runs or stays", async () => {
  let weir = await startKubeWeir()
  const sessionId = await createSession(weir, kubeSession(weir))
  const uri = await jarInOperator()
  const jobId = await createJob(weir, sessionId, job(uri))
  // The next server finds what this one has handed over.
  await until('it is handed over', async () => (await sessionJobs(weir)).length === 1, { timeoutMs: SLOW })
  expect(await weir.kill('SIGKILL')).toBe('SIGKILL')
  weir = await weir.restart()
  const running = await untilJob(weir, sessionId, jobId, 'RUNNING', SLOW)
  const [seen, ...more] = await sessionJobs(weir)
  expect(more).toEqual([])
  expect(running.job.id).toBe(seen?.status?.jobStatus?.jobId)
  expect(running.status?.restarts).toBe(0)
  expect(seen?.metadata.name).toBe(`weir-${jobId.toLowerCase()}-1`)
  await untilCheckpoint(weir, sessionId, jobId)

  const wrong: [FlinkSessionJobSpec, words: RegExp][] = [
    [job('file:///tmp/weir-is-not-there.jar', 'no jar'), /^the Flink operator says: .*weir-is-not-there\.jar/],
    [job(uri, 'no class', 'dev.weir.jobs.IsNotThere'), /^the Flink operator says: .*dev\.weir\.jobs\.IsNotThere/],
  ]
  for (const [spec, words] of wrong) {
    const failed = await untilJob(weir, sessionId, await createJob(weir, sessionId, spec), 'FAILED', SLOW)
    expect(failed.status?.error).toMatchObject({ code: 'JOB_SUBMISSION_FAILED', message: expect.stringMatching(words) })
  }
  await until('those that failed are withdrawn', async () => (await sessionJobs(weir)).length === 1, {
    timeoutMs: 60_000,
  })

  await removeJob(weir, sessionId, jobId)
  expect(await sessionJobs(weir)).toEqual([])
  expect(await flinkState(weir, running.job.id ?? '')).toBe('CANCELED')

  // With its session goes one that runs.
  const other = await createJob(weir, sessionId, job(uri, 'other'))
  await untilJob(weir, sessionId, other, 'RUNNING', SLOW)
  await removeSession(weir, sessionId)
  expect([await sessionJobs(weir), await weir.deployments(), await weir.pods()]).toEqual([[], [], []])
})

test("after its JobManager's end such a job is a new FlinkSessionJob on the new cluster, and goes on from its latest checkpoint", async () => {
  const weir = await startKubeWeir()
  const sessionId = await createSession(
    weir,
    kubeSession(weir, { flinkConfiguration: { 'high-availability.type': 'none' } }),
  )
  const jobId = await createJob(weir, sessionId, job(await jarInOperator()))
  const first = await untilJob(weir, sessionId, jobId, 'RUNNING', SLOW)
  await untilCheckpoint(weir, sessionId, jobId)
  await weir.crash('jobmanager')
  const second = await untilJob(
    weir,
    sessionId,
    jobId,
    (seen) => seen.state === 'RUNNING' && seen.job.id !== first.job.id,
    SLOW,
  )
  const [seen, ...more] = await sessionJobs(weir)
  expect(more).toEqual([])
  expect(seen?.metadata.name).toBe(`weir-${jobId.toLowerCase()}-2`)
  expect(second.job.id).toBe(seen?.status?.jobStatus?.jobId)
  const starts = (await weir.linesInTaskManagers(FOLDER)).filter((line) => line.startsWith('start'))
  expect(starts).toEqual([expect.stringMatching(/^start restored=true total=[1-9]/)])
  const events = await eventsOf(weir, sessionId)
  expect((await session(weir, sessionId)).status?.restarts, events.join('\n')).toBe(1)
  expect(events).not.toContainEqual(expect.stringContaining('which nothing here wants'))
  await removeSession(weir, sessionId, { force: true })
  expect([await sessionJobs(weir), await weir.deployments()]).toEqual([[], []])
})
