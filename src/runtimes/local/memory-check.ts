/**
 * Whether this machine's memory holds what is asked for. What our other JVMs may still grow into counts as taken. A
 * reading is a dozen files of the kernel's, and every cycle wants one: it is good for some seconds.
 */
import type { Clock } from '../../domain/clock.ts'
import { Failure } from '../../domain/failure.ts'
import type { ProcessRecord } from '../../domain/process.ts'
import { type MachineMemory, machineMemory, residentBytes } from './proc.ts'

const GIB = 2 ** 30

/** How long a reading is good for. */
const FRESH_MS = 3000

/** For people: `6 GiB`, `1.5 GiB`. */
const gib = (bytes: number): string => `${Number((bytes / GIB).toFixed(1))} GiB`

const ADVICE =
  'Delete other sessions, stop other programs or give it less memory (jobManagerResource, taskManagerResource).'

export interface MemoryCheck {
  /** The machine's whole memory in bytes, which hardly ever changes. */
  totalBytes(): number
  /** Throws Failure MEMORY_SHORT, which says by how much. `live`: all JVMs of ours. */
  require(neededBytes: number, live: readonly ProcessRecord[]): void
  /** How many of `wanted` JVMs of that size fit, and what to tell people when that is less. */
  howManyFit(wanted: number, bytesEach: number, live: readonly ProcessRecord[]): { fit: number; shortage?: string }
}

/** What is asked of the machine. */
interface Reads {
  machine(): MachineMemory
  resident(pid: number): number
}

export function createMemoryCheck(
  clock: Pick<Clock, 'now'>,
  reads: Reads = { machine: machineMemory, resident: residentBytes },
): MemoryCheck {
  const total = forSomeSeconds(clock, () => reads.machine().totalBytes)
  /** Of these very processes: a new one has all its growth before it. */
  const free = forSomeSeconds(clock, (live: readonly ProcessRecord[]) => freeBytes(reads, live), identities)
  return {
    totalBytes: () => total(undefined),
    require(neededBytes, live) {
      const bytes = free(live)
      if (neededBytes <= bytes) return
      throw new Failure(
        'MEMORY_SHORT',
        `This session needs ${gib(neededBytes)}, ${gib(bytes)} are free on this machine. ${ADVICE}`,
      )
    },
    howManyFit(wanted, bytesEach, live) {
      const bytes = free(live)
      const fit = Math.min(wanted, Math.floor(bytes / bytesEach))
      if (fit === wanted) return { fit }
      const shortage =
        `${wanted - fit} more TaskManager(s) ` +
        `need ${gib((wanted - fit) * bytesEach)}, ${gib(bytes - fit * bytesEach)} are free ` +
        `on this machine. ${ADVICE}`
      return { fit, shortage }
    },
  }
}

const identities = (live: readonly ProcessRecord[]): string => live.map(({ uuid, pid }) => `${uuid}/${pid}`).join()

/** Bytes that a new JVM can have. */
function freeBytes({ machine, resident }: Reads, live: readonly ProcessRecord[]): number {
  const promised = live.reduce(
    (sum, record) => sum + Math.max(0, record.memoryBytes - (record.pid ? resident(record.pid) : 0)),
    0,
  )
  return Math.max(0, machine().availableBytes - promised)
}

/** The last answer again for the same question, as long as it is fresh. */
function forSomeSeconds<Q>(
  clock: Pick<Clock, 'now'>,
  read: (question: Q) => number,
  keyOf: (question: Q) => string = () => '',
): (question: Q) => number {
  let last: { key: string; at: number; answer: number } | undefined
  return (question) => {
    const key = keyOf(question)
    const at = clock.now()
    if (!last || last.key !== key || at < last.at || at - last.at >= FRESH_MS)
      last = { key, at, answer: read(question) }
    return last.answer
  }
}
