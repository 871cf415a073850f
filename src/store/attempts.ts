/** Attempts at running jobs, each with the Flink job ID that was chosen before anything was sent. */

import type { Selectable, Updateable } from 'kysely'
import { sql } from 'kysely'
import { isoTime } from '../domain/clock.ts'
import type { JobAttempt } from '../domain/cluster.ts'
import { defined } from '../domain/defined.ts'
import type { Access, Tx } from './access.ts'
import type { AttemptTable, Tables } from './tables.ts'

export interface Attempts {
  list(job: string): Promise<JobAttempt[]>
  /**
   * Records an attempt in SUBMITTING, unless another attempt of the same session is in SUBMITTING
   * (submissions are serialised per session) or the job or its session is being deleted: then undefined.
   */
  begin(attempt: Omit<JobAttempt, 'n' | 'phase' | 'createdAt'>): Promise<JobAttempt | undefined>
  /** Changes nothing of an attempt that has ENDED, except adding checkpoints. */
  update(
    job: string,
    n: number,
    change: Partial<Pick<JobAttempt, 'phase' | 'outcome' | 'flinkJobId' | 'lastCheckpoint' | 'checkpointFolder'>>,
  ): Promise<void>
  /** Flink job IDs of a session that must not run: of jobs that are gone, and of attempts that ENDED as FAILED. */
  abandoned(session: string): Promise<string[]>
}

export const attemptsOf = (access: Access): Attempts => ({
  async list(job) {
    const rows = await access.db.selectFrom('job_attempts').selectAll().where('job', '=', job).orderBy('n').execute()
    return rows.map(attemptOf)
  },

  begin: (attempt) =>
    access.write(async (tx) => {
      if (!(await wanted(tx, attempt))) return undefined
      const last = await tx.db
        .selectFrom('job_attempts')
        .select('n')
        .where('job', '=', attempt.job)
        .orderBy('n', 'desc')
        .limit(1)
        .executeTakeFirst()
      // The unique index on a session's SUBMITTING attempt decides.
      const row = await tx.db
        .insertInto('job_attempts')
        .values({
          job: attempt.job,
          session: attempt.host,
          n: (last?.n ?? 0) + 1,
          flink_job_id: attempt.flinkJobId,
          generation: attempt.generation,
          incarnation: attempt.incarnation,
          phase: 'SUBMITTING',
          started_from: attempt.startedFrom ?? null,
          checkpoint_folder: attempt.checkpointFolder ?? null,
          last_checkpoint: attempt.lastCheckpoint ?? null,
          created_at: isoTime(access.clock.now()),
        })
        .onConflict((conflict) => conflict.column('session').where('phase', '=', sql.lit('SUBMITTING')).doNothing())
        .returningAll()
        .executeTakeFirst()
      return row && attemptOf(row)
    }),

  update: (job, n, change) =>
    access.write(async (tx) => {
      const row = await tx.db
        .selectFrom('job_attempts')
        .select('phase')
        .where('job', '=', job)
        .where('n', '=', n)
        .executeTakeFirst()
      if (!row) return
      const set = columns(change, row.phase === 'ENDED', isoTime(access.clock.now()))
      if (Object.keys(set).length > 0)
        await tx.db.updateTable('job_attempts').set(set).where('job', '=', job).where('n', '=', n).execute()
    }),

  async abandoned(session) {
    const rows = await access.db
      .selectFrom('job_attempts as a')
      .leftJoin('resources as j', 'j.id', 'a.job')
      .select(['a.flink_job_id', 'a.phase', 'a.outcome', 'j.id as there'])
      .where('a.session', '=', session)
      .orderBy('a.created_at')
      .orderBy('a.n')
      .execute()
    return rows
      .filter((row) => row.there === null || (row.phase === 'ENDED' && resultOf(row.outcome) === 'FAILED'))
      .map((row) => row.flink_job_id)
  },
})

/** Neither the job nor its host is gone or going; an application is both. */
async function wanted(tx: Tx, { job, host }: Pick<JobAttempt, 'job' | 'host'>): Promise<boolean> {
  const both = [...new Set([job, host])]
  const rows = await tx.db
    .selectFrom('resources')
    .select('id')
    .where('id', 'in', both)
    .where('deletion', 'is', null)
    .execute()
  return rows.length === both.length
}

function columns(change: Parameters<Attempts['update']>[2], ended: boolean, at: string): Updateable<AttemptTable> {
  const { phase, outcome, flinkJobId, lastCheckpoint, checkpointFolder } = change
  return {
    ...defined({ last_checkpoint: lastCheckpoint, checkpoint_folder: checkpointFolder }),
    ...(ended || phase === undefined ? {} : { phase }),
    ...(ended || flinkJobId === undefined ? {} : { flink_job_id: flinkJobId }),
    ...(ended || outcome === undefined ? {} : { outcome: JSON.stringify(outcome) }),
    ...(ended || phase !== 'ENDED' ? {} : { ended_at: at }),
  }
}

const resultOf = (outcome: string | null): string | undefined =>
  outcome === null ? undefined : JSON.parse(outcome).result

const attemptOf = (row: Selectable<Tables['job_attempts']>): JobAttempt => ({
  job: row.job,
  host: row.session,
  n: row.n,
  flinkJobId: row.flink_job_id,
  generation: row.generation,
  incarnation: row.incarnation,
  phase: row.phase,
  ...(row.started_from === null ? {} : { startedFrom: row.started_from }),
  ...(row.checkpoint_folder === null ? {} : { checkpointFolder: row.checkpoint_folder }),
  ...(row.last_checkpoint === null ? {} : { lastCheckpoint: row.last_checkpoint }),
  ...(row.outcome === null ? {} : { outcome: JSON.parse(row.outcome) }),
  createdAt: row.created_at,
  ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
})
