/** Sessions whose jars lie in S3, reached by the plugin that they name: on real Flink, from a real S3 server. */
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, inject, test } from 'vitest'
import type { FlinkSessionSpec } from '../src/api/client/generated/types.gen.ts'
import { createBucket, putObject, s3Configuration, s3Server } from '../tests/support/s3.ts'
import { createJob, createSession, jobSpec, removeSession, untilJob, untilSession } from './support/scenario.ts'
import { startWeir, testFolder, type Weir } from './support/weir.ts'

const COUNTER = 'dev.weir.jobs.ExactCounter'
const server = s3Server()!
let example: FlinkSessionSpec
/** It is in one's own network, as such servers are. */
const ALLOWED = ['--allow-address', `${new URL(server.endpoint).hostname}/32`]

beforeAll(async () => {
  example = JSON.parse(
    await readFile(new URL('../tests/support/bodies/session.json', import.meta.url), 'utf8'),
  ) as FlinkSessionSpec
  await createBucket(server, 'bucket')
  await putObject(server, 'bucket/flink-job.jar', await readFile(inject('jars').tests))
})

/** The documented example with what only the reader can know: where S3 is, and the keys. */
const spec = (change: Partial<FlinkSessionSpec> = {}): FlinkSessionSpec => ({
  ...example,
  ...change,
  flinkConfiguration: { ...example.flinkConfiguration, ...s3Configuration(server), ...change.flinkConfiguration },
})

async function runs(weir: Weir, id: string): Promise<void> {
  const job = await createJob(
    weir,
    id,
    jobSpec('exact', COUNTER, [testFolder()], { 'execution.checkpointing.interval': '500ms' }),
  )
  await untilJob(
    weir,
    id,
    job,
    (observed) => observed.state === 'RUNNING' && (observed.status?.lastCheckpoint?.id ?? 0) > 0,
  )
}

test('the documented session comes up with its jar from S3, and a job whose class is only in there runs', async () => {
  const weir = await startWeir({ flags: ALLOWED })
  const id = await createSession(weir, spec())
  await untilSession(weir, id, 'RUNNING')
  await runs(weir, id)
  await removeSession(weir, id)
})

test("a job's own jar comes from S3, too", async () => {
  const weir = await startWeir({ flags: ALLOWED })
  const id = await createSession(weir, spec({ jars: [] }))
  const body = jobSpec('exact', COUNTER, [testFolder()])
  const job = await createJob(weir, id, { ...body, job: { ...body.job, jarUri: 's3://bucket/flink-job.jar' } })
  await untilJob(weir, id, job, 'RUNNING')
  await removeSession(weir, id)
})

test.each([
  ['a bucket that is not there', { jars: ['s3://no-such-bucket-here/flink-job.jar'] }, 'there is no such bucket'],
  ['an object that is not there', { jars: ['s3://bucket/none.jar'] }, 'there is no such file'],
  [
    'a wrong secret',
    { flinkConfiguration: { 's3.secret-key': 'wrong-secret-key' } },
    'the secret key does not belong to the access key',
  ],
  ['a plugin that is missing', { plugins: [] }, 'no plugin of the session has a file system for s3://'],
  ['a scheme that no plugin knows', { jars: ['gs://bucket/flink-job.jar'] }, 'flink-gs-fs-hadoop'],
])('%s is told, with the URI and what to do', async (_, change, words) => {
  const weir = await startWeir({ flags: ALLOWED })
  const id = await createSession(weir, spec(change as Partial<FlinkSessionSpec>))
  const { status } = await untilSession(weir, id, 'FAILED')
  expect(status?.error).toMatchObject({ code: 'FILE_UNAVAILABLE', message: expect.stringContaining(words) })
  expect(status?.error?.message).toContain((change as { jars?: string[] }).jars?.[0] ?? 's3://bucket/flink-job.jar')
  expect(
    weir
      .log()
      .split('\n')
      .filter((line) => line.includes('wrong-secret-key')),
  ).toEqual([])
  await removeSession(weir, id)
})

test('an endpoint in the own network that the owner has not allowed is told, with the way out', async () => {
  const weir = await startWeir()
  const { status } = await untilSession(weir, await createSession(weir, spec()), 'FAILED')
  expect(status?.error).toMatchObject({
    code: 'FILE_UNAVAILABLE',
    message: expect.stringContaining(`the server's owner can allow it with ${ALLOWED.join(' ')}`),
  })
})
