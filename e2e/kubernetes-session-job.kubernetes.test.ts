/**
 * A session job whose jar lies in the operator's container: the operator submits it, and from then on it is a job like
 * any other.
 */
import { expect, test } from 'vitest'
import type { FlinkSessionJobSpec } from '../src/api/client/generated/types.gen.ts'
import { type KubeWeir, kubeSession, startKubeWeir } from './support/kubernetes.ts'
import { jarInOperator, sessionJobs } from './support/operator.ts'
import { createJob, createSession, removeSession, untilJob } from './support/scenario.ts'
import { until } from './support/wait.ts'
import { data } from './support/weir.ts'

const COUNTER = 'dev.weir.jobs.ExactCounter'
const FOLDER = '/tmp/lives'
const SLOW = 240_000

const job = (jarUri: string, name = 'exact', entryClass = COUNTER): FlinkSessionJobSpec => ({
  name,
  flinkConfiguration: { 'pipeline.name': name },
  job: { entryClass, args: [FOLDER], jarUri },
})

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
  await untilJob(weir, sessionId, jobId, (observed) => (observed.status?.lastCheckpoint?.id ?? 0) > 0, SLOW)
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
      const observed = await weir.client.describeFlinkSessionJob({
        path: { ws: weir.workspace, session: sessionId, job: jobId },
      })
      return !observed.ok && observed.error.status === 404
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
  const [observed, ...more] = await sessionJobs(weir)
  expect(more).toEqual([])
  expect(running.job.id).toBe(observed?.status?.jobStatus?.jobId)
  expect(running.status?.restarts).toBe(0)
  expect(observed?.metadata.name).toBe(`weir-${jobId.toLowerCase()}-1`)
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
