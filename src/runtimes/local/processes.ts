/**
 * The JVMs of this installation: each is in the ledger before it exists, outlives the server that started it, and is
 * found again by the next one. Whatever carries our installation's mark and is not in the ledger is an orphan and is
 * stopped; nothing else is ever touched.
 */
import type { ChildProcess } from 'node:child_process'

import type { Clock } from '../../domain/clock.ts'
import { isoTime } from '../../domain/clock.ts'
import { type ClusterRef, clusterKey } from '../../domain/cluster.ts'
import type { ProcessExit, ProcessLedger, ProcessRecord } from '../../domain/process.ts'
import type { JvmCommand } from './command.ts'
import type { Log } from './log.ts'
import { bootId, findProcesses, isAlive, isOurs, type ProcessIdentity, startTimeOf } from './proc.ts'
import { spawnJvm } from './spawn.ts'

export const REBOOTED = 'was gone after the machine had restarted'
const UNSEEN = 'ended with an unknown exit code (it ended while Weir was not its parent)'
const NEVER_STARTED = 'was never started: Weir ended in between'

/** An EXITED process without a pid never came to be; it is no part of the cluster's history. */
export const neverStarted = (record: ProcessRecord): boolean => record.state === 'EXITED' && record.pid === undefined

const POLL_MS = 300
const SWEEP_MS = 15_000
/** How long a JVM may take to end by itself before it is killed. */
const PATIENCE_MS = 5_000

export interface Processes {
  /** Records the intent, starts the JVM and records its identity. Throws Failure when there is nothing to start. */
  start(record: Omit<ProcessRecord, 'state' | 'stopRequested' | 'createdAt'>, command: JvmCommand): Promise<void>
  /** Asks it to end, and kills it when it does not; `force`: kills at once. Returns at once; call again until it is EXITED. */
  stop(record: ProcessRecord, force: boolean): Promise<void>
  /** Resolves when what an earlier server left is adopted or settled; tries again after an error of the ledger. */
  settled(): Promise<void>
  /** These UUIDs are ours though they are in no ledger. */
  tolerate(uuid: string): void
  close(): void
}

export function createProcesses(options: {
  installation: string
  ledger: ProcessLedger
  clock: Clock
  log: Log
  onExit: (cluster: ClusterRef) => void
  /** Told at the moments between which this server may be killed in a test. */
  passed?: (where: string) => void
}): Processes {
  const { installation, ledger, clock, log, onExit, passed = () => {} } = options
  /** Children of this server: their exit codes arrive as events. */
  const children = new Set<string>()
  /** When the first signal was sent. */
  const asked = new Map<string, number>()
  const tolerated = new Set<string>()
  let closed = false
  let cancelTimer = (): void => {}

  async function markExited(record: ProcessRecord, exit: ProcessExit): Promise<void> {
    asked.delete(record.uuid)
    await ledger.update(record.uuid, { state: 'EXITED', exitedAt: isoTime(clock.now()), exit })
    onExit({ resource: record.resource, generation: record.generation })
    if (record.role === 'jobmanager') await endWithoutJobManager(await ledger.list({ live: true }))
  }

  /**
   * TaskManagers that outlive their JobManager would go on with its jobs beside the next one's. Nothing of theirs is worth
   * waiting for, unless they were asked to end anyway.
   */
  async function endWithoutJobManager(live: readonly ProcessRecord[]): Promise<void> {
    const led = new Set(live.filter((record) => record.role === 'jobmanager').map(clusterKey))
    const left = live.filter((record) => record.role === 'taskmanager' && !led.has(clusterKey(record)))
    for (const record of left) await stop(record, !record.stopRequested)
  }

  function follow(record: ProcessRecord, child: ChildProcess, recorded: Promise<void>): void {
    children.add(record.uuid)
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      const exit: ProcessExit =
        code === null
          ? { signal: signal ?? 'unknown', reason: `was killed by ${signal}` }
          : { code, reason: `exited with code ${code}` }
      // What a closed server would still write is its successor's to find out.
      recorded
        .then(() => (closed ? undefined : markExited(record, exit)))
        .catch((error) => log.error({ err: error, process: record.uuid }, 'an exit could not be recorded yet'))
        .finally(() => children.delete(record.uuid))
    }
    // One that ends at once may have told so before anybody listened.
    if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode)
    else child.once('exit', ended)
    child.unref()
  }

  async function start(draft: Parameters<Processes['start']>[0], command: JvmCommand): Promise<void> {
    const record: ProcessRecord = { ...draft, state: 'INTENDED', stopRequested: false, createdAt: isoTime(clock.now()) }
    children.add(record.uuid)
    await ledger.intend(record)
    passed(`local/intended:${record.role}`)
    let child: ChildProcess
    try {
      child = await spawnJvm(command)
    } catch (error) {
      children.delete(record.uuid)
      await ledger.update(record.uuid, {
        state: 'EXITED',
        exitedAt: isoTime(clock.now()),
        exit: { reason: NEVER_STARTED },
      })
      throw error
    }
    const pid = child.pid!
    passed(`local/spawned:${record.role}`)
    // Until its exit event is handled a dead child stays a zombie, whose start time reads as gone: then any will do.
    const identity = { pid, startTime: startTimeOf(pid) ?? 'unknown', bootId: bootId() }
    const recorded = ledger.update(record.uuid, { state: 'RUNNING', ...identity })
    follow(record, child, recorded)
    await recorded
  }

  async function stop(record: ProcessRecord, force: boolean): Promise<void> {
    if (!record.stopRequested) await ledger.update(record.uuid, { stopRequested: true })
    const identity = identityOf(record)
    if (identity === undefined || !isOurs(identity, installation)) return
    const since = asked.get(record.uuid)
    if (since === undefined) asked.set(record.uuid, clock.now())
    const kill = force || (since !== undefined && clock.now() - since >= PATIENCE_MS)
    if (kill || since === undefined) signal(identity.pid, kill ? 'SIGKILL' : 'SIGTERM')
    passed(`local/asked:${record.role}`)
  }

  /** Those that are no children of ours tell nobody when they end: looked at instead. */
  async function poll(): Promise<void> {
    const live = await ledger.list({ live: true })
    await endWithoutJobManager(live)
    for (const record of live) {
      const identity = identityOf(record)
      if (closed || identity === undefined) continue
      if (record.stopRequested && asked.has(record.uuid)) await stop(record, false)
      if (children.has(record.uuid)) continue
      if (record.bootId !== bootId()) await markExited(record, { reason: REBOOTED })
      else if (!isAlive(identity)) await markExited(record, { reason: UNSEEN })
    }
  }

  /** What the last server intended and did not get to record: it runs, or it never started. */
  async function settleIntents(): Promise<void> {
    const intended = (await ledger.list({ live: true })).filter(
      (record) => record.state === 'INTENDED' && !children.has(record.uuid),
    )
    if (intended.length === 0) return
    const found = new Map(findProcesses(installation).map((process) => [process.uuid, process]))
    for (const record of intended) {
      const process = found.get(record.uuid)
      if (process)
        await ledger.update(record.uuid, {
          state: 'RUNNING',
          pid: process.pid,
          startTime: process.startTime,
          bootId: bootId(),
        })
      else await markExited(record, { reason: NEVER_STARTED })
    }
  }

  /** The processes first, the ledger after: whoever is seen running was in the ledger before it ran. */
  async function sweep(): Promise<void> {
    const found = findProcesses(installation)
    if (found.length === 0) return
    let orphans = 0
    const live = new Set((await ledger.list({ live: true })).map((record) => record.uuid))
    for (const process of found) {
      if (live.has(process.uuid) || children.has(process.uuid) || tolerated.has(process.uuid)) continue
      orphans += 1
      const since = asked.get(process.uuid)
      if (since === undefined)
        log.warn({ pid: process.pid }, 'stopping a Flink process that belongs to no cluster any more')
      asked.set(process.uuid, since ?? clock.now())
      const orphan = { ...process, bootId: bootId() }
      if (isOurs(orphan, installation)) signal(process.pid, since === undefined ? 'SIGTERM' : 'SIGKILL')
    }
    // Those that did not heed the first signal get the second after the usual patience.
    if (orphans > 0) sinceSweep = SWEEP_MS - PATIENCE_MS
  }

  let sinceSweep = 0
  function loop(): void {
    if (closed) return
    cancelTimer = clock.after(POLL_MS, () => {
      sinceSweep += POLL_MS
      const due = sinceSweep >= SWEEP_MS
      if (due) sinceSweep = 0
      poll()
        .then(() => (due ? sweep() : undefined))
        .catch((error) => {
          if (!closed) log.error({ err: error }, 'looking after processes failed; trying again')
        })
        .finally(loop)
    })
  }

  let settling: Promise<void> | undefined
  function settled(): Promise<void> {
    settling ??= settleIntents()
      .then(poll)
      .then(sweep)
      .catch((error) => {
        settling = undefined
        throw error
      })
    return settling
  }
  settled()
    .catch((error) => log.error({ err: error }, 'processes of an earlier server could not be settled yet'))
    .finally(loop)

  return {
    start,
    stop,
    settled,
    tolerate: (uuid) => tolerated.add(uuid),
    close: () => {
      closed = true
      cancelTimer()
    },
  }
}

function identityOf(record: ProcessRecord): ProcessIdentity | undefined {
  const { pid, startTime, bootId: boot, uuid } = record
  return pid === undefined || startTime === undefined || boot === undefined
    ? undefined
    : { pid, startTime, bootId: boot, uuid }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended in between.
  }
}
