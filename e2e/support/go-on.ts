/**
 * A job that is stopped with a savepoint through Flink's own REST API, and one that goes on from it, counting exactly.
 */
import { expect } from 'vitest'
import { COUNTER, linesIn, livesIn, wrong } from './exact-counter.ts'
import { createJob, job, jobEventsOf, jobSpec, session, untilJob } from './scenario.ts'
import { until } from './wait.ts'
import { testFolder, type Weir } from './weir.ts'

/** `savepoints`: a folder as Flink takes it, `file:///...` or `s3://...`. */
export async function stopAndGoOn(weir: Weir, sessionId: string, savepoints: string): Promise<void> {
  const folder = testFolder()
  const first = await createJob(weir, sessionId, jobSpec('first', COUNTER, [folder]))
  await untilJob(
    weir,
    sessionId,
    first,
    (observed) => observed.state === 'RUNNING' && observed.status?.lastCheckpoint !== undefined,
  )
  const {
    job: { id: flinkJobId = '' },
  } = await job(weir, sessionId, first)
  const flinkUrl = (await session(weir, sessionId)).status?.flinkUrl ?? ''

  const location = await stopWithSavepoint(flinkUrl, flinkJobId, savepoints)
  const stopped = await untilJob(weir, sessionId, first, 'FINISHED')
  expect(stopped.status).toMatchObject({ jobState: 'FINISHED', detail: 'finished', restarts: 0 })
  expect(stopped.status?.error).toBeUndefined()
  expect(await ask(`${flinkUrl}/jobs/${flinkJobId}`)).toMatchObject({ state: 'FINISHED' })
  expect(await jobEventsOf(weir, sessionId, first)).toContain(`attempt 1 (Flink job ${flinkJobId}) finished`)

  const spec = jobSpec('second', COUNTER, [folder])
  const second = await createJob(weir, sessionId, { ...spec, job: { ...spec.job, initialSavepoint: { location } } })
  await untilJob(weir, sessionId, second, 'RUNNING')
  await until(
    'it has counted on',
    async () => linesIn(folder).filter((line) => line.startsWith('first value=')).length === 2,
    { last: () => linesIn(folder) },
  )
  const [before = [], after = []] = livesIn(folder)
  // Stopped with its savepoint, the first counts nothing after that; the second's first record is the next one.
  const total = /^checkpoint id=\d+ total=([1-9]\d*)$/.exec(
    before.findLast((line) => line.startsWith('checkpoint')) ?? '',
  )?.[1]
  expect(before.at(-1)).toBe(`end total=${total}`)
  expect(after.slice(0, 2)).toEqual([`start restored=true total=${total}`, `first value=${total}`])
  // And it has checkpoints of its own, which hold what it was started with.
  await untilJob(weir, sessionId, second, (observed) => observed.status?.lastCheckpoint !== undefined)
  expect(wrong(folder)).toEqual([])
}

/** Answers the savepoint's target. */
async function stopWithSavepoint(flinkUrl: string, flinkJobId: string, targetDirectory: string): Promise<string> {
  const { 'request-id': trigger } = (await ask(`${flinkUrl}/jobs/${flinkJobId}/stop`, {
    targetDirectory,
    drain: false,
  })) as { 'request-id': string }
  const { location, ...why } = await until('the savepoint is there', async () => {
    const observed = (await ask(`${flinkUrl}/jobs/${flinkJobId}/savepoints/${trigger}`)) as {
      status: { id: string }
      operation?: { location?: string }
    }
    return observed.status.id === 'COMPLETED' && (observed.operation ?? {})
  })
  // Flink calls a failure completed, too.
  if (location === undefined) throw new Error(`there is no savepoint: ${JSON.stringify(why)}`)
  return location
}

async function ask(url: string, body?: object): Promise<unknown> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(url, body && post)
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}
