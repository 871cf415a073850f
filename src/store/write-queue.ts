/**
 * Writers that wait together share a commit, and with it the one wait for the disk. Each has a savepoint of its own in
 * their transaction: one that fails is undone and told alone, the others go on. Nobody is told of success before the
 * commit. docs/decisions/shared-commits.md tells why.
 */
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { CompiledQuery, type Kysely } from 'kysely'
import { jittered } from '../domain/backoff.ts'
import type { Backend } from './backend.ts'
import { codeOf } from './errors.ts'
import type { ListedChange, ListedResources } from './listed.ts'
import type { ObservedTimes } from './observed-times.ts'
import { AGAIN_MS, isPassing, PATIENCE_MS } from './patience.ts'
import type { Tables } from './tables.ts'

/**
 * A writing transaction, or one writer's part of it. `changed`: it appended to the feed. `listed`: what lists tell of
 * from its commit on.
 */
export interface Tx {
  readonly times: ObservedTimes
  readonly listed: ListedChange[]
  db: Kysely<Tables>
  changed: boolean
}

export type Write = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

/**
 * A transaction takes so many writers, and none any more once they have cost so much of this thread's CPU time: it
 * holds up everybody else. Time that other programs take is no reason to wait for the disk more often.
 */
const MOST = 64
const BUDGET_MS = 10

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

interface Writer {
  work(tx: Tx): Promise<unknown>
  done(result: unknown): void
  failed(error: unknown): void
  /** Until when it is tried again where nothing of it was done; by `performance.now()`. */
  readonly until: number
  /** Shares a commit with nobody: the one that it shared has failed. */
  alone: boolean
}

/** One transaction as far as it has come. */
interface Batch {
  /** Whose work is done, and not committed yet. */
  finished: { writer: Writer; result: unknown; tx: Tx }[]
  /** Whose work is being done. */
  current: Writer | undefined
  begun: boolean
}

type Parts = Pick<Backend, 'kysely' | 'serialise' | 'announce'>

/** What is kept in memory beside the database. */
export interface Memory {
  readonly times: ObservedTimes
  readonly listed: ListedResources
}

/** `committed` is called after each commit that changed a resource, or may have. */
export function writeQueue(backend: Parts, memory: Memory, committed: () => void): Write {
  const waiting: Writer[] = []
  let running = false

  async function run(): Promise<void> {
    running = true
    // Whoever asks in the same turn of the event loop is waiting by then.
    await setImmediate()
    while (waiting.length > 0) {
      const batch: Batch = { finished: [], current: undefined, begun: false }
      try {
        const changed = await oneTransaction(backend, memory, waiting, batch)
        for (const { tx } of batch.finished) memory.listed.apply(tx.listed)
        if (changed) committed()
        for (const { writer, result } of batch.finished) writer.done(result)
      } catch (error) {
        if (codeOf(error) === 'OUTCOME_UNKNOWN' && !batch.current) {
          memory.listed.forget()
          committed()
        }
        await sortOut(waiting, batch, error)
      }
      // Others have a turn, and those who were answered may ask for more.
      if (waiting.length > 0) await setImmediate()
    }
    running = false
  }

  return <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const done = resolve as (result: unknown) => void
      waiting.push({ work, done, failed: reject, until: performance.now() + PATIENCE_MS, alone: false })
      if (!running) void run()
    })
}

/** Takes from those who wait as many as it may; answers whether any of it entered the feed. */
function oneTransaction(backend: Parts, { times }: Memory, waiting: Writer[], batch: Batch): Promise<boolean> {
  return backend.kysely.transaction().execute(async (trx) => {
    await backend.serialise(trx)
    batch.begun = true
    const end = cpuMs() + BUDGET_MS
    let changed = false
    for (let writer = waiting.shift(); writer; writer = next(waiting, batch, end)) {
      const tx: Tx = { db: trx, changed: false, times, listed: [] }
      batch.current = writer
      // The first has no need of one: where it fails, nothing is undone but its own.
      const isShared = batch.finished.length > 0
      if (isShared) await trx.executeQuery(SAVEPOINT)
      const outcome = await outcomeOf(() => writer.work(tx))
      if ('error' in outcome) {
        if (!isShared || !(await undone(trx))) throw outcome.error
        notDone(waiting, writer, outcome.error)
      } else {
        batch.finished.push({ writer, result: outcome.result, tx })
        changed ||= tx.changed
      }
      batch.current = undefined
    }
    if (changed) await backend.announce(trx)
    return changed
  })
}

/** The same name each time: what is rolled back to is the newest, and a commit ends them all. */
const SAVEPOINT = CompiledQuery.raw('savepoint writer')
const UNDO = CompiledQuery.raw('rollback to savepoint writer')

function next(waiting: Writer[], { finished }: Batch, end: number): Writer | undefined {
  const isFull = finished.length >= MOST || cpuMs() > end
  return isFull || finished[0]?.writer.alone || waiting[0]?.alone ? undefined : waiting.shift()
}

async function outcomeOf(work: () => Promise<unknown>): Promise<{ result: unknown } | { error: unknown }> {
  try {
    return { result: await work() }
  } catch (error) {
    return { error }
  }
}

/** Whether the transaction is still there: a full disk or a lost connection ends it as a whole. */
async function undone(trx: Kysely<Tables>): Promise<boolean> {
  try {
    await trx.executeQuery(UNDO)
    return true
  } catch {
    return false
  }
}

/** Nothing of it was done: it is told so, or tried again where that can go well at once. */
function notDone(waiting: Writer[], writer: Writer, error: unknown): void {
  if (isPassing(error) && performance.now() <= writer.until) waiting.push(writer)
  else writer.failed(error)
}

/** A transaction has failed: who is told, and who is tried again. */
async function sortOut(waiting: Writer[], { begun, current, finished }: Batch, error: unknown): Promise<void> {
  const others = finished.map(({ writer }) => writer)
  const passes = isPassing(error)
  if (!begun) {
    for (const writer of waiting.splice(0)) notDone(waiting, writer, error)
  } else if (current) {
    // It alone is to blame, and nothing was committed.
    notDone(waiting, current, error)
    waiting.unshift(...others)
  } else if (others.length === 1 || codeOf(error) === 'OUTCOME_UNKNOWN') {
    for (const writer of others) notDone(waiting, writer, error)
  } else {
    waiting.unshift(...others.map((writer) => Object.assign(writer, { alone: true })))
  }
  if (passes) await delay(jittered(AGAIN_MS))
}
