/** Jars of jobs that the JobManager itself fetches, since only Flink's file systems reach them. */
import { describe, expect, test } from 'vitest'
import { type FakeRuntime, reconciled } from '../../tests/support/reconciled.ts'
import { Failure } from '../domain/failure.ts'
import type { Runtime } from '../runtimes/runtime.ts'

/** `answers`: what comes of each try; undefined: the jar is there. */
const fetching = (answers: (Failure | undefined)[]) => {
  const asked: string[] = []
  const through = (fake: FakeRuntime): Runtime => ({
    ...fake,
    stageJar: async () => ({
      async intoJobManager(flink, name) {
        asked.push(name)
        const failure = answers.shift()
        if (failure) throw failure
        return flink.uploadJar(name, new Uint8Array())
      },
    }),
  })
  return { asked, through }
}

const BROKEN = new Failure('FILE_UNAVAILABLE', "s3://b/a.jar can't be fetched: the connection broke", {
  retryable: true,
})
const NONE = new Failure('FILE_UNAVAILABLE', "s3://b/a.jar can't be fetched: there is no such file")

describe('a jar that the JobManager fetches', () => {
  test('is fetched for each attempt under its own name, and again after what passes', async () => {
    const { asked, through } = fetching([BROKEN, BROKEN])
    const at = await reconciled({ through })
    const session = await at.session()
    const job = await at.job(session.id, 'a', 'fake.Streaming', { jarUri: 's3://b/a.jar' })
    await at.inState(job, 'RUNNING')
    const [name = ''] = asked
    expect(asked).toEqual([name, name, name])
    expect(name).toBe(`weir-${job.spec.job.id}.jar`)
    expect(at.fake.submissions()).toHaveLength(1)
    at.fake.killJobManager(session.id)
    await at.until(async () => {
      const found = await at.stored(job)
      return found?.state === 'RUNNING' && found.status.restarts === 1
    })
    expect(asked).toHaveLength(4)
    expect(asked[3]).not.toBe(name)
    expect(at.errors).toEqual([])
  })

  test.each([
    ['is not there', [NONE], 1],
    ['does not come, however often it is tried', Array.from({ length: 9 }, () => BROKEN), 5],
  ])('and that %s fails its job with the reason, and nothing runs', async (_what, answers, tries) => {
    const { asked, through } = fetching([...answers])
    const at = await reconciled({ through })
    const session = await at.session()
    const job = await at.job(session.id, 'a', 'fake.Streaming', { jarUri: 's3://b/a.jar' })
    const failed = await at.inState(job, 'FAILED')
    expect(failed.status.error).toMatchObject({ code: 'FILE_UNAVAILABLE', message: answers[0]?.message })
    expect(asked).toHaveLength(tries)
    expect(at.fake.submissions()).toEqual([])
  })
})

test('a JobManager that is gone when a main() is over is told, and the server goes on', async () => {
  let isGone = false
  const at = await reconciled({
    through: (fake): Runtime => ({
      ...fake,
      flink(generation, observed) {
        if (isGone) throw new Failure('RUNTIME_UNREACHABLE', 'The cluster has no JobManager to ask.')
        const flink = fake.flink(generation, observed)
        return {
          ...flink,
          async runJar(...request) {
            const answer = await flink.runJar(...request)
            isGone = true
            return answer
          },
        }
      },
    }),
  })
  const session = await at.session()
  const job = await at.job(session.id, 'a', 'fake.Streaming', { jarUri: 'https://example.com/a.jar' })
  await at.until(() => isGone)
  await at.advance(5_000)
  expect(at.errors.map(({ resource }) => resource)).toContain(`job/${job.id}`)
  isGone = false
  await at.inState(job, 'RUNNING')
})
