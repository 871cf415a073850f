/**
 * How Flink divides a JVM's process memory, computed as Flink's own launcher computes it, so that a JVM can be started
 * without waiting for that launcher. Bytes everywhere; suffixes are 1024-based. Pure.
 */
import { Failure } from './failure.ts'

const MIB = 2 ** 20
const METASPACE = 256 * MIB
const OVERHEAD_MIN = 192 * MIB
const OVERHEAD_MAX = 1024 * MIB
const JOB_MANAGER_OFF_HEAP = 128 * MIB
const FRAMEWORK_HEAP = 128 * MIB
const FRAMEWORK_OFF_HEAP = 128 * MIB
const NETWORK_MIN = 64 * MIB

export interface JobManagerMemory {
  process: number
  heap: number
  offHeap: number
  metaspace: number
  overhead: number
}

export interface TaskManagerMemory {
  process: number
  taskHeap: number
  taskOffHeap: number
  frameworkHeap: number
  frameworkOffHeap: number
  managed: number
  network: number
  metaspace: number
  overhead: number
}

/** `split`, or why Flink's fixed parts don't fit and the least process size (whole MiB) that holds them. */
export type MemoryFit<Split> =
  | { split: Split; problem?: undefined }
  | { split?: undefined; problem: string; leastBytes: number }

const UNITS: Record<string, number> = {
  '': 0,
  b: 0,
  bytes: 0,
  k: 1,
  kb: 1,
  kibibytes: 1,
  m: 2,
  mb: 2,
  mebibytes: 2,
  g: 3,
  gb: 3,
  gibibytes: 3,
  t: 4,
  tb: 4,
  tebibytes: 4,
}
const SIZE = /^(\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})\s*([a-z]*)$/i
const FLINK_SIZE = /^\d{1,19}\s*([a-z]*)$/i

/** Whether Flink reads this as a size: whole numbers with `b`, `kb`, `m`, `gibibytes` and the like. */
export function isFlinkSize(text: string): boolean {
  const unit = FLINK_SIZE.exec(text.trim())?.[1]
  return unit !== undefined && UNITS[unit.toLowerCase()] !== undefined
}

/**
 * Bytes of `1024m`, `1.5G`, `256 M`, `1073741824` and of everything that Flink itself reads as a size.
 * Throws Failure (INVALID_SPEC) for anything else and for what exceeds 2^53 bytes.
 */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = SIZE.exec(text.trim()) ?? []
  const power = UNITS[unit.toLowerCase()]
  if (digits !== undefined && power !== undefined && (power > 0 || !digits.includes('.'))) {
    const [whole = '', fraction = ''] = digits.split('.')
    const bytes = Number((BigInt(whole + fraction) * 1024n ** BigInt(power)) / 10n ** BigInt(fraction.length))
    if (Number.isSafeInteger(bytes)) return bytes
  }
  throw new Failure('INVALID_SPEC', `"${text}" is not a size: write for example 1024m, 1.5G or 1073741824 (bytes)`)
}

/** A size for people, in the notation that specs take: `1024m`, or bytes rounded up to whole MiB as `982m`. */
export const sizeText = (bytes: number): string => `${Math.ceil(bytes / MIB)}m`

/**
 * Flink multiplies in exact decimals, but its fractions are Java floats that were widened: 0.1 stands for
 * 0.10000000149011612, which shows from a few GiB on.
 */
function fractionOf(bytes: number, fraction: number): number {
  const [whole = '0', decimals = ''] = String(Math.fround(fraction)).split('.')
  return Number((BigInt(bytes) * BigInt(whole + decimals)) / 10n ** BigInt(decimals.length))
}

/** Whole bytes left for JVM overhead: a tenth of the process, within Flink's bounds. */
const overheadOf = (process: number): number => Math.min(Math.max(fractionOf(process, 0.1), OVERHEAD_MIN), OVERHEAD_MAX)

function splitJobManager(process: number): JobManagerMemory {
  const overhead = overheadOf(process)
  const heap = process - METASPACE - overhead - JOB_MANAGER_OFF_HEAP
  return { process, heap, offHeap: JOB_MANAGER_OFF_HEAP, metaspace: METASPACE, overhead }
}

function splitTaskManager(process: number): TaskManagerMemory {
  const overhead = overheadOf(process)
  const flink = process - METASPACE - overhead
  const managed = fractionOf(Math.max(flink, 0), 0.4)
  const network = Math.max(fractionOf(Math.max(flink, 0), 0.1), NETWORK_MIN)
  const taskHeap = flink - FRAMEWORK_HEAP - FRAMEWORK_OFF_HEAP - managed - network
  return {
    process,
    taskHeap,
    taskOffHeap: 0,
    frameworkHeap: FRAMEWORK_HEAP,
    frameworkOffHeap: FRAMEWORK_OFF_HEAP,
    managed,
    network,
    metaspace: METASPACE,
    overhead,
  }
}

/** Smallest whole number of MiB that `fits`; memory only ever gets roomier with size. */
function least(fits: (bytes: number) => boolean): number {
  let mib = 1
  while (!fits(mib * MIB)) mib += 1
  return mib * MIB
}

/** The JobManager's split with Flink's defaults for everything but the process size (whole bytes). */
export function jobManagerMemory(processBytes: number): MemoryFit<JobManagerMemory> {
  const split = splitJobManager(processBytes)
  if (split.heap > 0) return { split }
  const leastBytes = least((bytes) => splitJobManager(bytes).heap > 0)
  const problem =
    `${sizeText(processBytes)} leaves a JobManager no heap: metaspace (${sizeText(split.metaspace)}), ` +
    `JVM overhead (${sizeText(split.overhead)}) and off-heap memory (${sizeText(split.offHeap)}) alone take ` +
    `${sizeText(processBytes - split.heap)}, ${sizeText(Math.max(1, -split.heap))} more than that. ` +
    `Give it at least ${sizeText(leastBytes)}, better 1024m or more.`
  return { problem, leastBytes }
}

/** The TaskManager's split with Flink's defaults for everything but the process size (whole bytes). */
export function taskManagerMemory(processBytes: number): MemoryFit<TaskManagerMemory> {
  const split = splitTaskManager(processBytes)
  if (split.taskHeap >= 0) return { split }
  const leastBytes = least((bytes) => splitTaskManager(bytes).taskHeap >= 0)
  const problem =
    `${sizeText(processBytes)} leaves a TaskManager no heap for tasks: metaspace (${sizeText(split.metaspace)}), ` +
    `JVM overhead (${sizeText(split.overhead)}), ` +
    `framework memory (${sizeText(split.frameworkHeap + split.frameworkOffHeap)}), ` +
    `managed memory (${sizeText(split.managed)}) and network buffers (${sizeText(split.network)}) alone take ` +
    `${sizeText(processBytes - split.taskHeap)}, ${sizeText(-split.taskHeap)} more than that. ` +
    `Give it at least ${sizeText(leastBytes)}, better 1024m or more.`
  return { problem, leastBytes }
}

export interface JvmMemory {
  /** The JVM's own options, in the order of Flink's launcher. */
  jvmOptions: string[]
  /** What Flink is told about the split: each entry becomes a `-D key=value` after the entry point's name. */
  configuration: Record<string, string>
}

export function jobManagerJvm(split: JobManagerMemory): JvmMemory {
  return {
    jvmOptions: [`-Xmx${split.heap}`, `-Xms${split.heap}`, `-XX:MaxMetaspaceSize=${split.metaspace}`],
    configuration: {
      'jobmanager.memory.heap.size': `${split.heap}b`,
      'jobmanager.memory.off-heap.size': `${split.offHeap}b`,
      'jobmanager.memory.jvm-metaspace.size': `${split.metaspace}b`,
      'jobmanager.memory.jvm-overhead.min': `${split.overhead}b`,
      'jobmanager.memory.jvm-overhead.max': `${split.overhead}b`,
    },
  }
}

/** `slots` also stands for the CPU cores that Flink reckons with, as it does when nobody says otherwise. */
export function taskManagerJvm(split: TaskManagerMemory, slots: number): JvmMemory {
  const heap = split.taskHeap + split.frameworkHeap
  const direct = split.frameworkOffHeap + split.taskOffHeap + split.network
  return {
    jvmOptions: [
      `-Xmx${heap}`,
      `-Xms${heap}`,
      `-XX:MaxDirectMemorySize=${direct}`,
      `-XX:MaxMetaspaceSize=${split.metaspace}`,
    ],
    configuration: {
      'taskmanager.memory.network.min': `${split.network}b`,
      'taskmanager.memory.network.max': `${split.network}b`,
      'taskmanager.cpu.cores': `${slots}.0`,
      'taskmanager.memory.task.off-heap.size': `${split.taskOffHeap}b`,
      'taskmanager.memory.task.heap.size': `${split.taskHeap}b`,
      'taskmanager.memory.managed.size': `${split.managed}b`,
      'taskmanager.memory.framework.heap.size': `${split.frameworkHeap}b`,
      'taskmanager.memory.framework.off-heap.size': `${split.frameworkOffHeap}b`,
      'taskmanager.memory.jvm-metaspace.size': `${split.metaspace}b`,
      'taskmanager.memory.jvm-overhead.min': `${split.overhead}b`,
      'taskmanager.memory.jvm-overhead.max': `${split.overhead}b`,
      'taskmanager.numberOfTaskSlots': `${slots}`,
      'external-resources': 'none',
    },
  }
}
