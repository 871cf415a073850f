/** Attempts at running jobs, each with the Flink job ID that was chosen before anything was sent. */

import type { Selectable, Updateable } from 'kysely'
import { isoTime } from '../domain/clock.ts'
import type { AttemptOutcome, FlinkRestarts } from '../domain/cluster.ts'
import { ALONE_FOR_MS, BEGINNING_AT_ONCE, BEGINNING_FOR_MS, type JobAttempt } from '../domain/cluster.ts'
import { defined } from '../domain/defined.ts'
import type { Access, Tx } from './access.ts'
import { isOutcome, isRestarts } from './shapes.ts'
import type { AttemptTable, Tables } from './tables.ts'
import { readJson } from './unreadable.ts'

export interface Attempts {
  list(job: string): Promise<JobAttempt[]>
  /**
   * Records an attempt in SUBMITTING. Undefined where the job or its host is being deleted, where another one of the
   * job is in SUBMITTING, where others are in the same JobManager and this one or one of them is to be alone, or where
   * too many begin there. From then on all that are in SUBMITTING there have company.
   */
  begin(attempt: NewAttempt): Promise<JobAttempt | undefined>
  /** A host's attempts in SUBMITTING, with the names of their jobs, oldest first. `alone`: others wait for it. */
  submitting(host: string): Promise<{ job: string; name: string; alone: boolean; begins: boolean }[]>
  /** Changes nothing of an attempt that has ENDED, except adding checkpoints. */
  update(
    job: string,
    n: number,
    change: Partial<
      Pick<JobAttempt, 'phase' | 'outcome' | 'flinkJobId' | 'lastCheckpoint' | 'checkpointFolder' | 'restarts'>
    >,
  ): Promise<void>
  /**
   * Flink job IDs of a session that must not run: of jobs that are gone, and of attempts that ENDED as FAILED. `among`:
   * only of these, which are few where a session may have had thousands.
   */
  abandoned(session: string, among?: readonly string[]): Promise<string[]>
  /**
   * Remembers an attempt's newest checkpoint without waiting for the disk: a power cut may lose it, `kill -9` does not.
   */
  checkpointed(job: string, n: number, location: string): Promise<void>
}

/** `alone`: no other main() may run in its JobManager meanwhile. */
export type NewAttempt = Omit<JobAttempt, 'n' | 'phase' | 'company' | 'createdAt'> & { alone?: boolean }

export const attemptsOf = (access: Access): Attempts => ({
  async list(job) {
    const rows = await access.db.selectFrom('job_attempts').selectAll().where('job', '=', job).orderBy('n').execute()
    return rows.map((row) => attemptOf(access, row))
  },

  begin: (attempt) =>
    access.write(async (tx) => {
      const row = await begin(tx, attempt, isoTime(access.clock.now()))
      return row && attemptOf(access, row)
    }),

  async submitting(host) {
    const rows = await access.db
      .selectFrom('job_attempts as a')
      .innerJoin('resources as j', 'j.id', 'a.job')
      .select(['a.job', 'j.name', 'a.company', 'a.created_at'])
      .where('a.session', '=', host)
      .where('a.phase', '=', 'SUBMITTING')
      .orderBy('a.created_at')
      .execute()
    const now = access.clock.now()
    return rows.map(({ job, name, ...row }) => ({ job, name, alone: isAlone(row, now), begins: begins(row, now) }))
  },

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

  checkpointed: (job, n, location) =>
    access.relaxed(async (db) => {
      await db
        .updateTable('job_attempts')
        .set({ last_checkpoint: location })
        .where('job', '=', job)
        .where('n', '=', n)
        .execute()
    }),

  async abandoned(session, among) {
    let query = access.db
      .selectFrom('job_attempts as a')
      .leftJoin('resources as j', 'j.id', 'a.job')
      .select(['a.flink_job_id', 'a.phase', 'a.outcome', 'j.id as there'])
      .where('a.session', '=', session)
    if (among) query = query.where('a.flink_job_id', 'in', among)
    const rows = await query.orderBy('a.created_at').orderBy('a.n').execute()
    return rows
      .filter((row) => row.there === null || (row.phase === 'ENDED' && resultOf(row.outcome) === 'FAILED'))
      .map((row) => row.flink_job_id)
  },
})

async function begin(tx: Tx, attempt: NewAttempt, at: string): Promise<Selectable<AttemptTable> | undefined> {
  if (!(await wanted(tx, attempt))) return undefined
  const company = await companyOf(tx, attempt, at)
  if (company === undefined) return undefined
  const last = await tx.db
    .selectFrom('job_attempts')
    .select('n')
    .where('job', '=', attempt.job)
    .orderBy('n', 'desc')
    .limit(1)
    .executeTakeFirst()
  return tx.db
    .insertInto('job_attempts')
    .values({
      job: attempt.job,
      session: attempt.host,
      n: (last?.n ?? 0) + 1,
      flink_job_id: attempt.flinkJobId,
      generation: attempt.generation,
      incarnation: attempt.incarnation,
      phase: 'SUBMITTING',
      company,
      started_from: attempt.startedFrom ?? null,
      checkpoint_folder: attempt.checkpointFolder ?? null,
      last_checkpoint: attempt.lastCheckpoint ?? null,
      created_at: at,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

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

/**
 * What a new attempt finds beside it, which then has it as well; undefined where it must wait. Writes come one after
 * another, so that two that begin at once see each other.
 */
async function companyOf(tx: Tx, attempt: NewAttempt, at: string): Promise<JobAttempt['company'] | undefined> {
  const { job, host, incarnation, alone } = attempt
  const submitting = await tx.db
    .selectFrom('job_attempts')
    .select(['job', 'company', 'incarnation', 'created_at'])
    .where('session', '=', host)
    .where('phase', '=', 'SUBMITTING')
    .execute()
  if (submitting.some((other) => other.job === job)) return undefined
  const others = submitting.filter((other) => other.incarnation === incarnation)
  if (others.length === 0) return alone ? 'ALONE' : 'NONE'
  const now = Date.parse(at)
  if (alone || others.some((other) => isAlone(other, now))) return undefined
  if (others.filter((other) => begins(other, now)).length >= BEGINNING_AT_ONCE) return undefined
  await tx.db
    .updateTable('job_attempts')
    .set({ company: 'OTHERS' })
    .where('session', '=', host)
    .where('phase', '=', 'SUBMITTING')
    .where('incarnation', '=', incarnation)
    .execute()
  return 'OTHERS'
}

const isAlone = (row: Pick<Selectable<AttemptTable>, 'company' | 'created_at'>, now: number): boolean =>
  row.company === 'ALONE' && now - Date.parse(row.created_at) < ALONE_FOR_MS

const begins = (row: Pick<Selectable<AttemptTable>, 'created_at'>, now: number): boolean =>
  now - Date.parse(row.created_at) < BEGINNING_FOR_MS

function columns(change: Parameters<Attempts['update']>[2], ended: boolean, at: string): Updateable<AttemptTable> {
  const { phase, outcome, flinkJobId, lastCheckpoint, checkpointFolder, restarts } = change
  return {
    ...defined({ last_checkpoint: lastCheckpoint, checkpoint_folder: checkpointFolder }),
    ...(ended || restarts === undefined ? {} : { flink_restarts: JSON.stringify(restarts) }),
    ...(ended || phase === undefined ? {} : { phase }),
    ...(ended || flinkJobId === undefined ? {} : { flink_job_id: flinkJobId }),
    ...(ended || outcome === undefined ? {} : { outcome: JSON.stringify(outcome) }),
    ...(ended || phase !== 'ENDED' ? {} : { ended_at: at }),
  }
}

const resultOf = (outcome: string | null): string | undefined =>
  outcome === null ? undefined : outcomeOf(outcome).result

/** It may have finished: a job is not run once more because nobody knows. */
const OUTCOME_UNKNOWN: AttemptOutcome = {
  result: 'FAILED',
  code: 'RECORD_UNREADABLE',
  message: 'how the attempt ended cannot be read any more in the store',
}

const outcomeOf = (text: string): AttemptOutcome => readJson(text, isOutcome) ?? OUTCOME_UNKNOWN

function attemptOf({ unreadable }: Access, row: Selectable<Tables['job_attempts']>): JobAttempt {
  const restarts = row.flink_restarts === null ? undefined : readJson<FlinkRestarts>(row.flink_restarts, isRestarts)
  const outcome = row.outcome === null ? undefined : outcomeOf(row.outcome)
  const note = (column: string) => unreadable.note({ kind: 'attempt', id: `${row.job}/${row.n}`, column })
  if (row.flink_restarts !== null && !restarts) note('flink_restarts')
  if (outcome === OUTCOME_UNKNOWN) note('outcome')
  return {
    job: row.job,
    host: row.session,
    n: row.n,
    flinkJobId: row.flink_job_id,
    generation: row.generation,
    incarnation: row.incarnation,
    phase: row.phase,
    company: row.company,
    ...(row.started_from === null ? {} : { startedFrom: row.started_from }),
    ...(row.checkpoint_folder === null ? {} : { checkpointFolder: row.checkpoint_folder }),
    ...(row.last_checkpoint === null ? {} : { lastCheckpoint: row.last_checkpoint }),
    ...defined({ restarts, outcome }),
    createdAt: row.created_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  }
}
