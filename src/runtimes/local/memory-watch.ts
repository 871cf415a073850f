/**
 * Tells when the machine's memory is nearly used up, before the kernel ends processes: what was admitted may grow, and
 * so may other programs. It only tells. Whose process the kernel ends first nobody knows, so all clusters have the
 * warning.
 */
import type { Clock } from '../../domain/clock.ts'
import type { ProcessLedger, ProcessRecord } from '../../domain/process.ts'
import type { Log } from './log.ts'
import { gib } from './memory-check.ts'
import { type MachineMemory, machineMemory, residentBytes } from './proc.ts'

export interface MemoryWatch {
  /** For people, and the same as long as memory is short; undefined while there is enough. */
  warning(): string | undefined
  close(): void
}

interface Reads {
  machine(): MachineMemory
  resident(pid: number): number
}

export interface MemoryWatchOptions {
  clock: Clock
  ledger: Pick<ProcessLedger, 'list'>
  log: Log
  /** Called with every cluster's resource when memory has become short, and when it is so no longer. */
  onChange(cluster: Pick<ProcessRecord, 'resource' | 'generation'>): void
  reads?: Reads
}

const EVERY_MS = 5000
/** Short: less than this share of the machine is available, and at least this much on small ones. */
const SHORT = { share: 0.05, leastBytes: 512 * 2 ** 20 }
/** Enough again: half as much more. It is not told at each swing. */
const ENOUGH_TIMES = 1.5
const NAMED = 5

export function createMemoryWatch(options: MemoryWatchOptions): MemoryWatch {
  const { clock, ledger, log, onChange, reads = { machine: machineMemory, resident: residentBytes } } = options
  let warning: string | undefined
  let stopped = false

  async function inspect(): Promise<void> {
    const { totalBytes, availableBytes } = reads.machine()
    const least = Math.min(totalBytes / 4, Math.max(SHORT.leastBytes, SHORT.share * totalBytes))
    const short = availableBytes < least * (warning === undefined ? 1 : ENOUGH_TIMES)
    if (short === (warning !== undefined)) return
    const live = await ledger.list({ live: true })
    warning = short ? warningOf(least) : undefined
    if (short) log.warn({ availableBytes, holders: holders(live, reads) }, warningOf(least))
    else log.info({ availableBytes }, 'there is enough memory on this machine again')
    const clusters = new Map(live.map((record) => [`${record.resource}/${record.generation}`, record]))
    for (const cluster of clusters.values()) onChange(cluster)
  }

  let cancel = (): void => {}
  const later = (): void => {
    cancel = clock.after(EVERY_MS, () => {
      // A ledger that can't be read is told of elsewhere; it is tried again.
      void inspect()
        .catch(() => {})
        .finally(() => stopped || later())
    })
  }
  later()
  return {
    warning: () => warning,
    close() {
      stopped = true
      cancel()
    },
  }
}

const warningOf = (least: number): string =>
  `This machine has less than ${gib(least)} of memory left. When there is none, the kernel ends processes, and jobs ` +
  'start again from their latest checkpoints. Delete sessions or stop other programs; the log of the server names the largest.'

/** The sessions whose processes hold the most, in bytes. */
function holders(live: readonly ProcessRecord[], { resident }: Reads): { resource: string; bytes: number }[] {
  const sums = new Map<string, number>()
  for (const { resource, pid } of live) sums.set(resource, (sums.get(resource) ?? 0) + (pid ? resident(pid) : 0))
  return [...sums]
    .map(([resource, bytes]) => ({ resource, bytes }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, NAMED)
}
