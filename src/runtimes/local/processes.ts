/**
 * The JVMs of this installation: each is in the ledger before it exists, outlives the server that started it, and is
 * found again by the next one. Whatever carries our installation's mark and is not in the ledger is an orphan and is
 * stopped; nothing else is ever touched.
 */
import type { ChildProcess } from 'node:child_process'

import type { Clock } from '../../domain/clock.ts'
import { isoTime } from '../../domain/clock.ts'
import { type ClusterRef, clusterKey } from '../../domain/cluster.ts'
import type { ProcessExit, ProcessLedger, ProcessRecord, SpareLedger, SpareRecord } from '../../domain/process.ts'
import type { JvmCommand } from './command.ts'
import type { Log } from './log.ts'
import { bootId, findProcesses, isAlive, isOurs, type ProcessIdentity, startTimeOf } from './proc.ts'
import { spawnJvm } from './spawn.ts'

export const REBOOTED = 'was gone after the machine had restarted'
const UNOBSERVED = 'ended with an unknown exit code (it ended while Weir was not its parent)'
const NEVER_STARTED = 'was never started: Weir ended in between'

/** An EXITED process without a pid never came to be; it is no part of the cluster's history. */
export const neverStarted = (record: ProcessRecord): boolean => record.state === 'EXITED' && record.pid === undefined

const POLL_MS = 300
const POLL_MAX_MS = 10_000
const SWEEP_MS = 15_000
/** How long a JVM may take to end by itself before it is killed. */
const PATIENCE_MS = 5_000

export type ProcessDraft = Omit<ProcessRecord, 'state' | 'stopRequested' | 'createdAt'>

export interface Processes {
  /**
   * Records the intent, starts the JVM and records its identity. Throws Failure when there is nothing to start.
   * `intended`: called once it is in the ledger.
   */
  start(record: ProcessDraft, command: JvmCommand, intended?: () => void): Promise<void>
  /**
   * The same of a JVM that belongs to no cluster yet. `before`: what it needs on the disk, made once it is recorded;
   * `ended` is called when it has ended without ever having belonged to one.
   */
  startSpare(
    spare: Omit<SpareRecord, 'createdAt'>,
    command: JvmCommand,
    steps: { before: () => Promise<void>; ended: () => void },
  ): Promise<WaitingJvm>
  /**
   * Makes a spare a cluster's: in the ledger first, then it is told. False when it had ended already: then nothing was
   * recorded. `before`: what it needs on the disk, made once it is in the ledger.
   */
  assign(
    spare: WaitingJvm,
    record: ProcessDraft,
    words: string,
    steps: { before: () => Promise<void>; intended?: () => void },
  ): Promise<boolean>
  /** Ends a spare that nobody has taken, at once. */
  discard(spare: WaitingJvm): void
  /**
   * Asks it to end, and kills it when it does not; `force`: kills at once. Returns at once; call again until it is
   * EXITED.
   */
  stop(record: ProcessRecord, force: boolean): Promise<void>
  /** Resolves when what an earlier server left is adopted or settled; tries again after an error of the ledger. */
  settled(): Promise<void>
  /** These UUIDs are ours though they are in no ledger. */
  tolerate(uuid: string): void
  close(): void
}

/** A spare that runs. */
export interface WaitingJvm {
  uuid: string
  child: ChildProcess
}

export interface ProcessesOptions {
  installation: string
  ledger: ProcessLedger
  spares: SpareLedger
  clock: Clock
  log: Log
  onExit: (cluster: ClusterRef) => void
  /** Of a spare that an earlier server has left: what it had on the disk is nobody's. */
  onSpareGone: (uuid: string) => Promise<void>
  /** Called at the moments between which this server may be killed in a test. */
  passed?: (where: string) => void
}

export function createProcesses(options: ProcessesOptions): Processes {
  const processes = new LedgerProcesses(options)
  processes.begin()
  return processes
}

class LedgerProcesses implements Processes {
  readonly #options: ProcessesOptions
  /** Children of this server: their exit codes arrive as events. */
  readonly #children = new Set<string>()
  /** When the first signal was sent. */
  readonly #asked = new Map<string, number>()
  readonly #tolerated = new Set<string>()
  /** Children that wait for a cluster. */
  readonly #spares = new Set<string>()
  #closed = false
  #cancelTimer = (): void => {}
  #sinceSweep = 0
  /** In a row. */
  #failures = 0
  #settling: Promise<void> | undefined

  constructor(options: ProcessesOptions) {
    this.#options = options
  }

  /** Settles what an earlier server left, and looks after all from then on. */
  begin(): void {
    const { log } = this.#options
    this.settled()
      .catch((error) => log.error({ err: error }, 'processes of an earlier server could not be settled yet'))
      .finally(() => this.#loop())
  }

  async start(draft: ProcessDraft, command: JvmCommand, intended = (): void => {}): Promise<void> {
    const { ledger, clock } = this.#options
    const record = this.#intended(draft)
    this.#children.add(record.uuid)
    await ledger.intend(record)
    intended()
    this.#passed(`local/intended:${record.role}`)
    let child: ChildProcess
    try {
      child = await spawnJvm(command)
    } catch (error) {
      this.#children.delete(record.uuid)
      const exit = { reason: NEVER_STARTED }
      await ledger.update(record.uuid, { state: 'EXITED', exitedAt: isoTime(clock.now()), exit })
      throw error
    }
    await this.#running(record, child)
  }

  async startSpare(
    draft: Omit<SpareRecord, 'createdAt'>,
    command: JvmCommand,
    { before, ended }: Parameters<Processes['startSpare']>[2],
  ): Promise<WaitingJvm> {
    const { spares, clock } = this.#options
    const { uuid, role } = draft
    this.#children.add(uuid)
    await spares.intend({ ...draft, createdAt: isoTime(clock.now()) })
    this.#passed(`local/intended-spare:${role}`)
    try {
      await before()
      const child = await spawnJvm(command, 'pipe')
      this.#passed(`local/spawned-spare:${role}`)
      const over = (): void => {
        // Of a cluster's process other listeners take care.
        if (!this.#spares.delete(uuid)) return
        this.#children.delete(uuid)
        ended()
      }
      this.#spares.add(uuid)
      if (child.exitCode !== null || child.signalCode !== null) over()
      else child.once('exit', over)
      child.unref()
      return { uuid, child }
    } catch (error) {
      this.#children.delete(uuid)
      ended()
      throw error
    }
  }

  async assign(
    { uuid, child }: WaitingJvm,
    draft: ProcessDraft,
    words: string,
    { before, intended }: Parameters<Processes['assign']>[3],
  ): Promise<boolean> {
    if (!this.#spares.has(uuid)) return false
    const record = this.#intended(draft)
    if (!(await this.#options.spares.assign(record))) return false
    this.#spares.delete(uuid)
    intended?.()
    this.#passed(`local/intended:${record.role}`)
    try {
      await before()
      child.stdin?.end(words)
    } catch (error) {
      // Nobody tells it anything any more: it ends, and is recorded as whatever ends.
      child.kill('SIGKILL')
      await this.#running(record, child)
      throw error
    }
    await this.#running(record, child)
    return true
  }

  discard({ uuid, child }: WaitingJvm): void {
    if (this.#spares.has(uuid)) child.kill('SIGKILL')
  }

  #intended(draft: ProcessDraft): ProcessRecord {
    const createdAt = isoTime(this.#options.clock.now())
    return { ...draft, state: 'INTENDED', stopRequested: false, createdAt }
  }

  async #running(record: ProcessRecord, child: ChildProcess): Promise<void> {
    const pid = child.pid!
    this.#passed(`local/spawned:${record.role}`)
    // Until its exit event is handled a dead child stays a zombie, whose start time reads as gone: then any will do.
    const identity = { pid, startTime: startTimeOf(pid) ?? 'unknown', bootId: bootId() }
    const recorded = this.#options.ledger.update(record.uuid, { state: 'RUNNING', ...identity })
    this.#follow(record, child, recorded)
    await recorded
  }

  async stop(record: ProcessRecord, force: boolean): Promise<void> {
    const { installation, ledger, clock } = this.#options
    if (!record.stopRequested) await ledger.update(record.uuid, { stopRequested: true })
    const identity = identityOf(record)
    if (identity === undefined || !isOurs(identity, installation)) return
    const since = this.#asked.get(record.uuid)
    if (since === undefined) this.#asked.set(record.uuid, clock.now())
    const kill = force || (since !== undefined && clock.now() - since >= PATIENCE_MS)
    if (kill || since === undefined) signal(identity.pid, kill ? 'SIGKILL' : 'SIGTERM')
    this.#passed(`local/asked:${record.role}`)
  }

  settled(): Promise<void> {
    this.#settling ??= this.#settleIntents()
      .then(() => this.#endOldSpares())
      .then(() => this.#poll())
      .then(() => this.#sweep())
      .catch((error) => {
        this.#settling = undefined
        throw error
      })
    return this.#settling
  }

  tolerate(uuid: string): void {
    this.#tolerated.add(uuid)
  }

  close(): void {
    this.#closed = true
    this.#cancelTimer()
  }

  #passed(where: string): void {
    this.#options.passed?.(where)
  }

  async #markExited(record: ProcessRecord, exit: ProcessExit): Promise<void> {
    const { ledger, clock, onExit } = this.#options
    this.#asked.delete(record.uuid)
    await ledger.update(record.uuid, { state: 'EXITED', exitedAt: isoTime(clock.now()), exit })
    onExit({ resource: record.resource, generation: record.generation })
    if (record.role === 'jobmanager') await this.#endWithoutJobManager(await ledger.list({ live: true }))
  }

  /**
   * TaskManagers that outlive their JobManager would go on with its jobs beside the next one's. Nothing of theirs is
   * worth waiting for, unless they were asked to end anyway.
   */
  async #endWithoutJobManager(live: readonly ProcessRecord[]): Promise<void> {
    const led = new Set(live.filter((record) => record.role === 'jobmanager').map(clusterKey))
    const left = live.filter((record) => record.role === 'taskmanager' && !led.has(clusterKey(record)))
    for (const record of left) await this.stop(record, !record.stopRequested)
  }

  #follow(record: ProcessRecord, child: ChildProcess, recorded: Promise<void>): void {
    this.#children.add(record.uuid)
    const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
      const exit: ProcessExit =
        code === null
          ? { signal: signal ?? 'unknown', reason: `was killed by ${signal}` }
          : { code, reason: `exited with code ${code}` }
      // What a closed server would still write is its successor's to find out.
      recorded
        .then(() => (this.#closed ? undefined : this.#markExited(record, exit)))
        .catch((error) =>
          this.#options.log.error({ err: error, process: record.uuid }, 'an exit could not be recorded yet'),
        )
        .finally(() => this.#children.delete(record.uuid))
    }
    // One that ends at once may have said so before anybody listened.
    if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode)
    else child.once('exit', ended)
    child.unref()
  }

  #loop(): void {
    if (this.#closed) return
    const { clock, log } = this.#options
    // A ledger that can't be read, or a disk that takes nothing, is not better for being asked often.
    const pause = Math.min(POLL_MAX_MS, POLL_MS * 2 ** Math.min(this.#failures, 10))
    this.#cancelTimer = clock.after(pause, () => {
      this.#sinceSweep += pause
      const due = this.#sinceSweep >= SWEEP_MS
      if (due) this.#sinceSweep = 0
      this.#poll()
        .then(() => (due ? this.#sweep() : undefined))
        .then(() => {
          this.#failures = 0
        })
        .catch((error) => {
          this.#failures += 1
          if (!this.#closed)
            log.error({ err: error, failures: this.#failures }, 'looking after processes failed; trying again')
        })
        .finally(() => this.#loop())
    })
  }

  /** Those that are no children of ours tell nobody when they end: they are checked instead. */
  async #poll(): Promise<void> {
    const live = await this.#options.ledger.list({ live: true })
    await this.#endWithoutJobManager(live)
    for (const record of live) {
      const identity = identityOf(record)
      if (this.#closed || identity === undefined) continue
      if (record.stopRequested && this.#asked.has(record.uuid)) await this.stop(record, false)
      if (this.#children.has(record.uuid)) continue
      if (record.bootId !== bootId()) await this.#markExited(record, { reason: REBOOTED })
      else if (!isAlive(identity)) await this.#markExited(record, { reason: UNOBSERVED })
    }
  }

  /** What the last server intended and did not get to record: it runs, or it never started. */
  async #settleIntents(): Promise<void> {
    const { installation, ledger } = this.#options
    const intended = (await ledger.list({ live: true })).filter(
      (record) => record.state === 'INTENDED' && !this.#children.has(record.uuid),
    )
    if (intended.length === 0) return
    const found = new Map(findProcesses(installation).map((process) => [process.uuid, process]))
    for (const record of intended) {
      const process = found.get(record.uuid)
      if (process) {
        const { pid, startTime } = process
        await ledger.update(record.uuid, { state: 'RUNNING', pid, startTime, bootId: bootId() })
      } else await this.#markExited(record, { reason: NEVER_STARTED })
    }
  }

  /** Spares of an earlier server: its end has told them to end, which is not left to them. */
  async #endOldSpares(): Promise<void> {
    const { installation, spares, onSpareGone } = this.#options
    const old = (await spares.list()).filter(({ uuid }) => !this.#children.has(uuid))
    if (old.length === 0) return
    const found = new Map(findProcesses(installation).map((process) => [process.uuid, process]))
    for (const { uuid } of old) {
      const process = found.get(uuid)
      if (process && isOurs({ ...process, bootId: bootId() }, installation)) signal(process.pid, 'SIGKILL')
      // Whoever has not ended yet is found again, by its mark.
      await onSpareGone(uuid)
      await spares.forget(uuid)
    }
  }

  /** The processes first, the ledger after: whoever is found running was in the ledger before it ran. */
  async #sweep(): Promise<void> {
    const { installation, ledger, clock, log } = this.#options
    const found = findProcesses(installation)
    if (found.length === 0) return
    let orphans = 0
    const live = new Set((await ledger.list({ live: true })).map((record) => record.uuid))
    for (const process of found) {
      const { uuid } = process
      if (live.has(uuid) || this.#children.has(uuid) || this.#tolerated.has(uuid)) continue
      orphans += 1
      const since = this.#asked.get(uuid)
      if (since === undefined)
        log.warn({ pid: process.pid }, 'stopping a Flink process that belongs to no cluster any more')
      this.#asked.set(uuid, since ?? clock.now())
      const orphan = { ...process, bootId: bootId() }
      if (isOurs(orphan, installation)) signal(process.pid, since === undefined ? 'SIGTERM' : 'SIGKILL')
    }
    // Those that did not heed the first signal get the second after the usual patience.
    if (orphans > 0) this.#sinceSweep = SWEEP_MS - PATIENCE_MS
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
