/** Whether this machine's memory holds what is asked for. What our other JVMs may still grow into counts as taken. */
import { Failure } from '../../domain/failure.ts'
import type { ProcessRecord } from '../../domain/process.ts'
import { machineMemory, residentBytes } from './proc.ts'

const GIB = 2 ** 30

/** For people: `6 GiB`, `1.5 GiB`. */
const gib = (bytes: number): string => `${Number((bytes / GIB).toFixed(1))} GiB`

/** Bytes that a new JVM can have. */
function freeBytes(live: readonly ProcessRecord[]): number {
  const promised = live.reduce(
    (sum, record) => sum + Math.max(0, record.memoryBytes - (record.pid ? residentBytes(record.pid) : 0)),
    0,
  )
  return Math.max(0, machineMemory().availableBytes - promised)
}

const ADVICE =
  'Delete other sessions, stop other programs or give it less memory (jobManagerResource, taskManagerResource).'

/** Throws Failure MEMORY_SHORT, which says by how much. */
export function requireMemory(neededBytes: number, live: readonly ProcessRecord[]): void {
  const free = freeBytes(live)
  if (neededBytes <= free) return
  throw new Failure(
    'MEMORY_SHORT',
    `This session needs ${gib(neededBytes)}, ${gib(free)} are free on this machine. ${ADVICE}`,
  )
}

/** How many of `wanted` JVMs of that size fit, and what to tell people when that is less. */
export function howManyFit(
  wanted: number,
  bytesEach: number,
  live: readonly ProcessRecord[],
): { fit: number; shortage?: string } {
  const free = freeBytes(live)
  const fit = Math.min(wanted, Math.floor(free / bytesEach))
  if (fit === wanted) return { fit }
  const shortage =
    `${wanted - fit} more TaskManager(s) ` +
    `need ${gib((wanted - fit) * bytesEach)}, ${gib(free - fit * bytesEach)} are free ` +
    `on this machine. ${ADVICE}`
  return { fit, shortage }
}
