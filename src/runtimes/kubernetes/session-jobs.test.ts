import { expect, test } from 'vitest'
import { deploymentIn, type FakeTarget, launched, NAMESPACE, REF } from '../../../tests/support/fake-kubernetes.ts'
import type { OperatorJob, OperatorJobs, Submitted } from '../runtime.ts'
import { KubeError, KubeUnreachable } from './client/errors.ts'

const PATH = `/apis/flink.apache.org/v1beta1/namespaces/${NAMESPACE}/flinksessionjobs/weir-job-1`
const FINALIZER = 'flinksessionjobs.flink.apache.org/finalizer'
const JOB: OperatorJob = {
  job: 'JOB',
  attempt: 1,
  jarUri: 'file:///jobs/a.jar',
  entryClass: 'com.example.Main',
  args: ['--a', 'b'],
  parallelism: 2,
  flinkConfiguration: { 'pipeline.name': 'a' },
  startedFrom: 's3://b/chk-7',
  allowNonRestoredState: true,
}
const errorOf = (type: string, message: string): string => JSON.stringify({ type, message, throwableList: [] })

const operator = ({ runtime }: FakeTarget): OperatorJobs => runtime.operatorJobs!
const tell = ({ kube }: FakeTarget, status: object): void => void kube.put(PATH, { status })

interface Submission {
  answer: () => Submitted | undefined
  error: () => unknown
  stop(): void
  known: Set<string>
}

/** Under way until the test's clock and the operator bring it on. */
async function submitted(target: FakeTarget, job = JOB): Promise<Submission> {
  const stop = new AbortController()
  const known = new Set<string>()
  let answer: Submitted | undefined
  let error: unknown
  operator(target)
    .submit(REF, job, { signal: stop.signal, isKnown: async (id) => known.has(id) })
    .then(
      (given) => {
        answer = given
      },
      (given: unknown) => {
        error = given
      },
    )
  await target.clock.advance(0)
  return { answer: () => answer, error: () => error, stop: () => stop.abort(), known }
}

test("takes what lies in the operator's container, and nothing else", async () => {
  const { takes } = operator(await launched())
  expect(
    ['file:///a.jar', 'FILE:/a.jar', 'https://e.com/a.jar', 'local:///a.jar', '/a.jar', 's3://b/a.jar'].map(takes),
  ).toEqual([true, true, false, false, false, false])
})

test('an attempt is one FlinkSessionJob on its generation, which is not touched again', async () => {
  const target = await launched()
  await submitted(target)
  expect(target.kube.get(PATH)).toMatchObject({
    kind: 'FlinkSessionJob',
    metadata: {
      labels: {
        'weir.dev/installation': 'installation-1',
        'weir.dev/resource': 'SESSION',
        'weir.dev/generation': '1',
        'weir.dev/job': 'JOB',
      },
    },
    spec: {
      deploymentName: 'weir-session-1',
      flinkConfiguration: { ...JOB.flinkConfiguration, 'kubernetes.operator.job.restart.failed': 'false' },
      job: {
        jarURI: 'file:///jobs/a.jar',
        entryClass: 'com.example.Main',
        args: ['--a', 'b'],
        parallelism: 2,
        state: 'running',
        upgradeMode: 'stateless',
        initialSavepointPath: 's3://b/chk-7',
        allowNonRestoredState: true,
      },
    },
  })
  await submitted(target, { ...JOB, args: ['other'] })
  expect(target.kube.calls.filter(({ verb, path }) => verb === 'apply' && path === PATH)).toHaveLength(1)
})

test('it is submitted once Flink has the job under the ID that the operator told', async () => {
  const target = await launched()
  const submission = await submitted(target)
  await target.clock.advance(20_000)
  tell(target, { jobStatus: { jobId: 'chosen', state: 'RECONCILING' } })
  await target.clock.advance(20_000)
  expect(submission.answer()).toBeUndefined()
  submission.known.add('chosen')
  await target.clock.advance(1_000)
  expect(submission.answer()).toEqual({ flinkJobId: 'chosen' })
  // The next server asks for the same and is answered the same.
  const again = await submitted(target)
  again.known.add('chosen')
  await target.clock.advance(1_000)
  expect(again.answer()).toEqual({ flinkJobId: 'chosen' })
})

test('an error that lasts for a minute is the end of it; one that goes away is none', async () => {
  const target = await launched()
  const submission = await submitted(target)
  tell(target, {
    error: errorOf('ReconciliationException', 'org.apache.flink.util.FlinkRuntimeException: connection refused'),
  })
  await target.clock.advance(50_000)
  target.kube.put(PATH, { status: { error: null } })
  await target.clock.advance(1_000)
  tell(target, { error: errorOf('ReconciliationException', 'no such scheme') })
  await target.clock.advance(59_000)
  expect(submission.answer()).toBeUndefined()
  await target.clock.advance(2_000)
  expect(submission.answer()).toEqual({ refused: 'the Flink operator says: no such scheme' })
})

test.for([
  [
    'a missing file',
    errorOf('ReconciliationException', 'java.io.FileNotFoundException: /jobs/a.jar (No such file or directory)'),
    /No such file/,
  ],
  [
    'a main() that throws',
    errorOf(
      'ReconciliationException',
      'org.apache.flink.util.FlinkRuntimeException: java.util.concurrent.ExecutionException: ' +
        'org.apache.flink.runtime.rest.util.RestClientException: [Internal server error., ' +
        '<Exception on server side:\n' +
        'java.util.concurrent.CompletionException: org.apache.flink.client.program.ProgramInvocationException: The ' +
        'main method caused an error: boom\n' +
        '\tat org.apache.flink.client.program.PackagedProgram.callMainMethod(PackagedProgram.java:372)\n\tat ' +
        'java.base/java.lang.Thread.run(Unknown Source)',
    ),
    new RegExp(
      '^the Flink operator says: org\\.apache\\.flink\\.client\\.program\\.ProgramInvocationException: ' +
        'The main method caused an error: boom$',
    ),
  ],
  [
    "what the operator's validation refuses",
    errorOf('org.apache.flink.kubernetes.operator.exception.ValidationException', 'bad spec'),
    /bad spec/,
  ],
] as const)('%s is the end of it at once', async ([, error, words]) => {
  const target = await launched()
  const submission = await submitted(target)
  tell(target, { error })
  await target.clock.advance(1_000)
  expect(submission.answer()).toEqual({ refused: expect.stringMatching(words) })
})

test('when the waiting ends it says what it waited for', async () => {
  const target = await launched()
  const submission = await submitted(target)
  submission.stop()
  await target.clock.advance(1_000)
  expect(submission.answer()).toEqual({
    refused: expect.stringMatching(/has not submitted it\. Check that it runs, .* weir-job-1 -n flink$/),
  })
})

test('one that somebody deletes meanwhile, or somebody else has made, is refused', async () => {
  const target = await launched()
  const submission = await submitted(target)
  target.kube.remove(PATH)
  await target.clock.advance(1_000)
  expect(submission.answer()).toEqual({ refused: expect.stringContaining('was deleted before the job ran') })
  target.kube.put(PATH, { metadata: { labels: { 'weir.dev/installation': 'another' } }, spec: {} })
  const other = await submitted(target)
  expect(other.answer()).toEqual({ refused: expect.stringContaining("is not this installation's") })
  expect(target.kube.get(PATH)).toMatchObject({ spec: {} })
})

test('silence of the API server settles nothing, a right that is missing does and is told with its rule', async () => {
  const target = await launched()
  await target.kube.fail(new KubeUnreachable('nobody answers'))
  expect((await submitted(target)).error()).toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
  await target.kube.fail(undefined)
  target.kube.before(({ verb }) =>
    verb === 'apply'
      ? new KubeError(
          'PATCH: is forbidden: User "weir" cannot patch resource "flinksessionjobs" in API group ' +
            '"flink.apache.org" in the namespace "flink" (403)',
          { status: 403, reason: 'Forbidden' },
        )
      : undefined,
  )
  expect((await submitted(target)).error()).toMatchObject({
    code: 'KUBERNETES_REFUSED',
    message: expect.stringContaining('resources: [flinksessionjobs]'),
  })
})

test('a withdrawal waits for the operator and says so; by force it takes the finalizer away after 30 s', async () => {
  const target = await launched()
  const { withdraw } = operator(target)
  await submitted(target)
  await submitted(target, { ...JOB, job: 'OTHER' })
  target.kube.put(PATH, { metadata: { finalizers: [FINALIZER] } })
  for (let n = 0; n < 3; n += 1) {
    expect(await withdraw('JOB', { force: false })).toEqual({
      done: false,
      waitingOn: 'the Flink operator to let go of FlinkSessionJob weir-job-1; is it running?',
    })
    await target.clock.advance(60_000)
  }
  expect(await withdraw('JOB', { force: true })).toMatchObject({ done: false })
  await target.clock.advance(30_000)
  expect(await withdraw('JOB', { force: true })).toMatchObject({ done: false })
  expect(await withdraw('JOB', { force: true })).toEqual({ done: true, waitingOn: '' })
  expect(target.kube.get(PATH.replace('weir-job', 'weir-other'))).toBeDefined()
})

test('a forced withdrawal does not wait for ever for an API server that is silent', async () => {
  const target = await launched()
  await submitted(target)
  await target.kube.fail(new KubeUnreachable('nobody answers'))
  const { withdraw } = operator(target)
  await expect(withdraw('JOB', { force: false })).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
  await expect(withdraw('JOB', { force: true })).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
  await target.clock.advance(30_000)
  expect(await withdraw('JOB', { force: true })).toMatchObject({
    done: true,
    leftBehind: expect.stringContaining('weir.dev/job=JOB'),
  })
})

test('a generation goes only after its FlinkSessionJobs, of which others keep theirs', async () => {
  const target = await launched()
  await submitted(target)
  target.kube.put(PATH, { metadata: { finalizers: [FINALIZER] } })
  const other = PATH.replace('weir-job-1', 'weir-other-1')
  target.kube.put(other, {
    metadata: {
      labels: { 'weir.dev/installation': 'installation-1', 'weir.dev/resource': 'SESSION', 'weir.dev/generation': '2' },
    },
  })
  await target.clock.advance(0)
  expect(await target.runtime.remove(REF, { force: false })).toMatchObject({
    done: false,
    waitingOn: expect.stringContaining('FlinkSessionJob weir-job-1'),
  })
  expect(deploymentIn(target)?.metadata.deletionTimestamp).toBeUndefined()
  target.kube.put(PATH, { metadata: { finalizers: [] } })
  await target.runtime.remove(REF, { force: false })
  expect(await target.runtime.remove(REF, { force: false })).toMatchObject({ done: true })
  expect([deploymentIn(target), target.kube.get(PATH)]).toEqual([undefined, undefined])
  expect(target.kube.get(other)).toBeDefined()
})

test('a forced removal of a generation does not wait for its FlinkSessionJobs', async () => {
  const target = await launched()
  await submitted(target)
  target.kube.put(PATH, { metadata: { finalizers: [FINALIZER] } })
  await target.runtime.remove(REF, { force: true })
  expect(deploymentIn(target)).toBeUndefined()
  await target.clock.advance(31_000)
  await target.runtime.remove(REF, { force: true })
  expect(target.kube.get(PATH)).toBeUndefined()
})
