/**
 * JVMs that are started before anybody needs them: one JobManager and one TaskManager, as the session that was started
 * last had them. A session of the same kind takes them and is up in a fraction of the time. They are started only while
 * the machine has nothing to start for anybody, and end when nobody came for them, when memory gets short, and with
 * this server. docs/decisions/warm-pool.md has the reasons.
 */
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Clock } from '../../../domain/clock.ts'
import { newUuid } from '../../../domain/ids.ts'
import type { ProcessLedger, ProcessRole, SpareLedger } from '../../../domain/process.ts'
import { warmJar } from '../../helper-jars.ts'
import type { WarmPoolStats } from '../../runtime.ts'
import type { ClassArchives, WarmStart } from '../cds.ts'
import { commandParts, type MemberCommand } from '../command.ts'
import { requireDisk } from '../disk-check.ts'
import type { Log } from '../log.ts'
import type { MemoryCheck } from '../memory-check.ts'
import { spareFolder } from '../paths.ts'
import type { LaunchPlan } from '../plan-file.ts'
import type { ProcessDraft, Processes, WaitingJvm } from '../processes.ts'
import {
  assignmentWords,
  isUsual,
  jarsBeyond,
  likeness,
  makeSpareFolder,
  moveIn,
  needsItsOwn,
  spareCommand,
  spareLikeness,
} from './spare-command.ts'

export interface WarmPool {
  /** A spare becomes this member. False: there is none like it, and it has to be started. */
  take(member: Omit<MemberCommand, 'uuid'>, draft: Omit<ProcessDraft, 'uuid'>, intended?: () => void): Promise<boolean>
  /** A launch is under way; the next one may be like it. */
  launching(plan: LaunchPlan): void
  /** Something is being started for somebody: nothing is started beforehand for a while. */
  busy(): void
  /** Gives back the memory that it holds. */
  drain(reason: string): void
  stats(): WarmPoolStats
  close(): Promise<void>
}

export interface WarmPoolOptions {
  /** Pairs of a JobManager and a TaskManager; 0: none. */
  pairs: number
  installation: string
  dataDir: string
  ledger: ProcessLedger
  spares: SpareLedger
  processes: Processes
  archives: Pick<ClassArchives, 'warm'>
  memory: MemoryCheck
  clock: Clock
  log: Log
}

/** After the last start for somebody; by then its job has most often been started too. */
const QUIET_MS = 2_000
/** Inspected this often while a JVM is missing, and while none is. */
const EVERY_MS = 1_000
const FULL_EVERY_MS = 5_000
/** After the last launch they are given up. */
const FORGOTTEN_AFTER_MS = 600_000
/** So many times what a pair may grow to has to be free. */
const ROOM = 2
/** Spares that ended by themselves, in a row: there is something wrong with them. */
const HOPELESS = 3

const ROLES: readonly ProcessRole[] = ['jobmanager', 'taskmanager']

interface Waiting {
  jvm: WaitingJvm
  role: ProcessRole
  likeness: string
}

export function createWarmPool(options: WarmPoolOptions): WarmPool {
  return new SparePool(options)
}

class SparePool implements WarmPool {
  readonly #options: WarmPoolOptions
  readonly #waiting = new Map<string, Waiting>()
  readonly #counts = { started: 0, taken: 0, missed: 0, discarded: 0 }
  /** What is wanted: as the last launch. */
  #plan: LaunchPlan | undefined
  #lastLaunch = 0
  #busyUntil = 0
  #failures = 0
  #closed = false
  #filling: Promise<void> | undefined
  #cancel: (() => void) | undefined

  constructor(options: WarmPoolOptions) {
    this.#options = options
  }

  async take(
    member: Omit<MemberCommand, 'uuid'>,
    draft: Omit<ProcessDraft, 'uuid'>,
    intended?: () => void,
  ): Promise<boolean> {
    if (this.#options.pairs === 0) return false
    const spare = await this.#like(member)
    if (spare === undefined) {
      this.#counts.missed += 1
      return false
    }
    const { dataDir, processes } = this.#options
    const { uuid } = spare.jvm
    const parts = commandParts(member)
    const taken = await processes.assign(spare.jvm, { ...draft, uuid }, assignmentWords(parts), {
      before: () => moveIn(spareFolder(dataDir, uuid), member),
      ...(intended && { intended }),
    })
    if (taken) this.#failures = 0
    this.#counts[taken ? 'taken' : 'missed'] += 1
    return taken
  }

  launching(plan: LaunchPlan): void {
    if (this.#options.pairs === 0) return
    // A session that none could be taken by says nothing of the next one.
    if (isUsual(plan)) this.#plan = plan
    this.#lastLaunch = this.#options.clock.now()
    this.busy()
  }

  busy(): void {
    this.#busyUntil = this.#options.clock.now() + QUIET_MS
    this.#watch()
  }

  drain(reason: string): void {
    this.#plan = undefined
    if (this.#waiting.size === 0) return
    this.#options.log.info({ reason }, 'JVMs that waited for a session are given up')
    for (const spare of this.#waiting.values()) this.#discard(spare)
  }

  stats(): WarmPoolStats {
    return { waiting: this.#waiting.size, ...this.#counts }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    await this.#filling
    for (const spare of this.#waiting.values()) this.#discard(spare)
  }

  /** Taken out of the pool: nobody else gets it. */
  async #like(member: Omit<MemberCommand, 'uuid'>): Promise<Waiting | undefined> {
    if (this.#waiting.size === 0 || member.inexpressible.length > 0) return undefined
    const wanted = likeness(member.java, commandParts(member))
    const find = () => [...this.#waiting.values()].find((each) => each.role === member.role && each.likeness === wanted)
    if (find() === undefined) return undefined
    const warm = await this.#options.archives.warm(member.role, member)
    if (warm === undefined || (await needsItsOwn(jarsBeyond(member.classPath, warm.jars)))) return undefined
    const spare = find()
    if (spare) this.#waiting.delete(spare.jvm.uuid)
    return spare
  }

  #watch(): void {
    if (this.#closed || this.#cancel || (this.#plan === undefined && this.#waiting.size === 0)) return
    const full = this.#waiting.size >= ROLES.length * this.#options.pairs
    this.#cancel = this.#options.clock.after(full ? FULL_EVERY_MS : EVERY_MS, () => {
      this.#cancel = undefined
      this.#filling ??= this.#inspect()
        .catch((error) => {
          // The next launch may have more luck; nobody waits for this.
          this.#plan = undefined
          this.#options.log.warn({ err: error }, 'no JVM could be started beforehand')
        })
        .finally(() => {
          this.#filling = undefined
          this.#watch()
        })
    })
  }

  async #inspect(): Promise<void> {
    const { clock, pairs } = this.#options
    const now = clock.now()
    if (now - this.#lastLaunch > FORGOTTEN_AFTER_MS) this.drain('no session was started for a while')
    const plan = this.#plan
    if (plan === undefined || now < this.#busyUntil) return
    if (!(await this.#hasRoom(plan))) return this.drain('memory is short')
    for (const role of ROLES) {
      if (this.#closed || this.#plan !== plan) return
      const warm = this.#failures < HOPELESS ? await this.#options.archives.warm(role, plan) : undefined
      if (warm === undefined) {
        this.#plan = undefined
        return
      }
      const usual = spareLikeness(role, plan, warm)
      const there = [...this.#waiting.values()].filter((spare) => spare.role === role)
      for (const spare of there) if (spare.likeness !== usual) this.#discard(spare)
      if (there.filter((spare) => spare.likeness === usual).length < pairs) await this.#start(role, plan, warm)
    }
  }

  async #hasRoom(plan: LaunchPlan): Promise<boolean> {
    const { ledger, memory } = this.#options
    const missing = this.#waiting.size === 0 ? ROOM : ROOM - 1
    const { fit } = memory.howManyFit(missing, bytesOf(plan), await ledger.list({ live: true }))
    return fit >= missing
  }

  async #start(role: ProcessRole, plan: LaunchPlan, warm: WarmStart): Promise<void> {
    const { dataDir, installation, processes } = this.#options
    const uuid = newUuid()
    const folder = spareFolder(dataDir, uuid)
    const jar = join(folder.root, 'warm.jar')
    const command = spareCommand({ installation, uuid, role, folder }, plan, warm, jar)
    const jvm = await processes.startSpare({ uuid, role, memoryBytes: bytesOf(plan, role) }, command, {
      before: async () => {
        await requireDisk(dataDir)
        await makeSpareFolder(folder)
        await copyFile(await warmJar(), jar)
      },
      ended: () => void this.#gone(uuid),
    })
    this.#counts.started += 1
    const spare = { jvm, role, likeness: spareLikeness(role, plan, warm) }
    if (this.#closed || this.#plan !== plan) this.#discard(spare)
    else if (jvm.child.exitCode === null && jvm.child.signalCode === null) this.#waiting.set(uuid, spare)
  }

  #discard({ jvm }: Waiting): void {
    this.#waiting.delete(jvm.uuid)
    this.#counts.discarded += 1
    this.#options.processes.discard(jvm)
  }

  /** It ended without a cluster, by us or by itself. */
  async #gone(uuid: string): Promise<void> {
    const { dataDir, log, spares } = this.#options
    if (this.#waiting.delete(uuid)) this.#failures += 1
    try {
      await rm(spareFolder(dataDir, uuid).root, { recursive: true, force: true })
      await spares.forget(uuid)
    } catch (error) {
      if (!this.#closed) log.warn({ err: error, process: uuid }, 'what a spare JVM had could not be removed yet')
    }
  }
}

const bytesOf = (plan: LaunchPlan, role?: ProcessRole): number =>
  (role === 'taskmanager' ? 0 : (plan.jobManagerBytes ?? 0)) + (role === 'jobmanager' ? 0 : plan.taskManagerBytes)
