/**
 * Whether this machine's memory holds what is asked for. A new JVM has to fit whole. Those that run count with what
 * they hold, or what an idle one comes to hold, and with a share of what they may still grow into: most never do, and
 * all of it kept free would leave three quarters of the machine unused. `docs/decisions/memory-admission.md` has the
 * figures.
 *
 * A reading is a dozen files of the kernel's, and every cycle wants one: it is good for some seconds.
 */
import type { Clock } from '../../domain/clock.ts'
import { Failure } from '../../domain/failure.ts'
import type { ProcessRecord, ProcessRole } from '../../domain/process.ts'
import { type MachineMemory, machineMemory, residentBytes } from './proc.ts'

const GIB = 2 ** 30

/** How long a reading is good for. */
const FRESH_MS = 3000

/** Of all that the JVMs which run may still grow into, so much is kept free; 1: all of it. */
export const MEMORY_RESERVE = 0.05

/**
 * What an idle JVM holds in the long run, with default sizes, Flink 2.3.0 and Java 17: it begins with 250 to 370 MB and
 * fills its young generation within hours.
 */
const IDLE_BYTES: Record<ProcessRole, number> = { jobmanager: 448 * 2 ** 20, taskmanager: 384 * 2 ** 20 }

/** For people: `6 GiB`, `1.5 GiB`. */
export const gib = (bytes: number): string => `${Number((bytes / GIB).toFixed(1))} GiB`

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

/** `reserve`: see MEMORY_RESERVE. */
export function createMemoryCheck(
  clock: Pick<Clock, 'now'>,
  reserve: number = MEMORY_RESERVE,
  reads: Reads = { machine: machineMemory, resident: residentBytes },
): MemoryCheck {
  const total = forSomeSeconds(clock, () => reads.machine().totalBytes)
  /** Of these very processes: a new one has all its growth before it. */
  const roomFor = forSomeSeconds(clock, (live: readonly ProcessRecord[]) => room(reads, live, reserve), identities)
  return {
    totalBytes: () => total(undefined),
    require(neededBytes, live) {
      const room = roomFor(live)
      if (neededBytes <= room.free) return
      throw new Failure('MEMORY_SHORT', `This session needs ${gib(neededBytes)}, ${inWords(room)}. ${ADVICE}`)
    },
    howManyFit(wanted, bytesEach, live) {
      const { free, kept } = roomFor(live)
      const fit = Math.min(wanted, Math.floor(free / bytesEach))
      if (fit === wanted) return { fit }
      const left = inWords({ free: free - fit * bytesEach, kept })
      const shortage = `${wanted - fit} more TaskManager(s) need ${gib((wanted - fit) * bytesEach)}, ${left}. ${ADVICE}`
      return { fit, shortage }
    },
  }
}

const identities = (live: readonly ProcessRecord[]): string => live.map(({ uuid, pid }) => `${uuid}/${pid}`).join()

interface Room {
  /** Bytes that a new JVM can have. */
  free: number
  /** Bytes that nobody gets, for the growth of those that run. */
  kept: number
}

/** Beside the share of all growth, that of any one JVM is kept free whole: it may always become what it was given. */
function room({ machine, resident }: Reads, live: readonly ProcessRecord[], reserve: number): Room {
  let [coming, growth, largest] = [0, 0, 0]
  for (const { memoryBytes, pid, role } of live) {
    const held = pid ? resident(pid) : 0
    const expected = Math.min(memoryBytes, Math.max(held, IDLE_BYTES[role]))
    coming += Math.max(0, expected - held)
    growth += memoryBytes - expected
    largest = Math.max(largest, memoryBytes - expected)
  }
  const there = Math.max(0, machine().availableBytes - coming)
  const kept = Math.min(there, Math.max(largest, reserve * growth))
  return { free: there - kept, kept }
}

function inWords({ free, kept }: Room): string {
  const more = gib(kept)
  return `${gib(free)} are free on this machine${more === '0 GiB' ? '' : `, with ${more} kept for the growth of what runs`}`
}

/** The last answer again for the same question, as long as it is fresh. */
function forSomeSeconds<Q, A>(
  clock: Pick<Clock, 'now'>,
  read: (question: Q) => A,
  keyOf: (question: Q) => string = () => '',
): (question: Q) => A {
  let last: { key: string; at: number; answer: A } | undefined
  return (question) => {
    const key = keyOf(question)
    const at = clock.now()
    if (!last || last.key !== key || at < last.at || at - last.at >= FRESH_MS)
      last = { key, at, answer: read(question) }
    return last.answer
  }
}
