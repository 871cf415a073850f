/** The server on PostgreSQL instead of the embedded database: the same promises. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../tests/support/postgres.ts'
import {
  createJob,
  createSession,
  EXAMPLE_CLASS,
  job,
  jobSpec,
  removeSession,
  sessionSpec,
  untilJob,
  untilSession,
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { startWeir, type Weir } from './support/weir.ts'

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

const pids = (weir: Weir): number[] =>
  weir
    .processes()
    .map(({ pid }) => pid)
    .toSorted((a, b) => a - b)

test('a server on PostgreSQL is killed and started again: it adopts its cluster, and the job goes on as it was', async () => {
  const first = await startWeir({ env: { WEIR_DATABASE: await postgres.createDatabase() } })
  const session = await createSession(first, sessionSpec('FLINK_1_20'))
  const id = await createJob(first, session, jobSpec('counts', EXAMPLE_CLASS))
  const before = await untilJob(first, session, id, 'RUNNING')
  const untouched = pids(first)
  expect(untouched.length).toBe(2)
  await first.kill('SIGKILL')

  const restartedAt = new Date().toISOString()
  const again = await first.restart()
  expect(again.installation).toBe(first.installation)
  await untilSession(
    again,
    session,
    (observed) => observed.state === 'RUNNING' && (observed.status?.observedAt ?? '') > restartedAt,
  )
  await untilJob(
    again,
    session,
    id,
    (observed) => observed.state === 'RUNNING' && (observed.status?.observedAt ?? '') > restartedAt,
  )
  expect(pids(again)).toEqual(untouched)
  expect((await job(again, session, id)).job.id).toBe(before.job.id)
  expect((await job(again, session, id)).status?.restarts).toBe(0)
  await removeSession(again, session)
  await until('no process is left', async () => pids(again).length === 0)
})
