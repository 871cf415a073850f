/**
 * The one module that knows Linux's /proc: which process is which, who is alive, how much memory there is.
 * Reads only; a process that goes away meanwhile is simply not there.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { sep } from 'node:path'

/** What makes a process on this machine unmistakable: a pid alone is reused. */
export interface ProcessIdentity {
  pid: number
  /** Field 22 of /proc/PID/stat. */
  startTime: string
  bootId: string
  uuid: string
}

export interface FoundProcess {
  pid: number
  startTime: string
  uuid: string
}

const INSTALLATION = '-Dweir.installation='
const PROCESS = '-Dweir.process='

/** The two arguments by which a JVM of ours is known. */
export const marks = (installation: string, uuid: string): string[] => [INSTALLATION + installation, PROCESS + uuid]

function read(path: string, encoding: BufferEncoding = 'latin1'): string | undefined {
  try {
    return readFileSync(path, encoding)
  } catch {
    return undefined
  }
}

let boot: string | undefined

/** Changes whenever the machine starts. */
export function bootId(): string {
  boot ??= read('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown'
  return boot
}

/** Start time of a living process; undefined when it is gone. A zombie is gone: it only waits to be reaped. */
export function startTimeOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The command's name may hold spaces and brackets: the fields go on after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[0]
  return state === 'Z' || state === 'X' ? undefined : fields[19]
}

export function argumentsOf(pid: number): string[] {
  return read(`/proc/${pid}/cmdline`, 'utf8')?.split('\0').slice(0, -1) ?? []
}

/** True while that very process lives. Cheap: one small file. */
export function isAlive(identity: Pick<ProcessIdentity, 'pid' | 'startTime' | 'bootId'>): boolean {
  return identity.bootId === bootId() && startTimeOf(identity.pid) === identity.startTime
}

/** The same, and its command line carries our mark: asked before a signal is sent. */
export function isOurs(identity: ProcessIdentity, installation: string): boolean {
  if (!isAlive(identity)) return false
  const args = argumentsOf(identity.pid)
  return marks(installation, identity.uuid).every((mark) => args.includes(mark))
}

/** Every living process on this machine that carries the installation's mark. */
export function findProcesses(installation: string): FoundProcess[] {
  const found: FoundProcess[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const pid = Number(name)
    const args = argumentsOf(pid)
    if (!args.includes(INSTALLATION + installation)) continue
    const uuid = args.find((arg) => arg.startsWith(PROCESS))?.slice(PROCESS.length)
    const startTime = startTimeOf(pid)
    if (uuid !== undefined && startTime !== undefined) found.push({ pid, startTime, uuid })
  }
  return found
}

/** Living processes of other installations whose working folder lies, or lay, below `folder` (a real path). */
export function findStrangers(installation: string, folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const mark = argumentsOf(pid).find((arg) => arg.startsWith(INSTALLATION))
      return mark !== undefined && mark !== INSTALLATION + installation && workingFolder(pid).startsWith(folder + sep)
    })
}

/** Of a folder that was removed the kernel still tells where it was. */
function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

/** Resident memory of a process in bytes; 0 when it is gone. */
export function residentBytes(pid: number): number {
  const status = read(`/proc/${pid}/status`)
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status ?? '')?.[1] ?? 0) * 1024
}

/** TCP ports that a process of this user listens on; none when it is gone. */
export function listeningPorts(pid: number): number[] {
  const sockets = new Set(socketsOf(pid))
  const ports = ['tcp', 'tcp6'].flatMap((table) =>
    // Of each line the local address, its port in hexadecimal digits; the state, 0A when it listens; the socket.
    [...(read(`/proc/${pid}/net/${table}`) ?? '').matchAll(/^ *\d+: \w+:(\w+) \w+:\w+ 0A(?: +\S+){5} +(\d+)/gm)]
      .filter(([, , socket]) => sockets.has(socket!))
      .map(([, port]) => Number.parseInt(port!, 16)),
  )
  return [...new Set(ports)]
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.slice(1) ?? []
      } catch {
        // It was closed in between.
        return []
      }
    })
  } catch {
    return []
  }
}

export interface MachineMemory {
  totalBytes: number
  /** What can be had without swapping. */
  availableBytes: number
}

/** The machine's memory, or that of the control group which this program runs in where it is less. */
export function machineMemory(): MachineMemory {
  const info = read('/proc/meminfo') ?? ''
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(info)?.[1] ?? 0) * 1024
  const memory = { totalBytes: field('MemTotal'), availableBytes: field('MemAvailable') }
  for (const group of controlGroups()) {
    if (group.limit >= memory.totalBytes) continue
    memory.totalBytes = group.limit
    memory.availableBytes = Math.min(memory.availableBytes, Math.max(0, group.limit - group.used))
  }
  return memory
}

/** Limits of our control group (version 2, then 1); those that say "max" are left out. */
function controlGroups(): { limit: number; used: number }[] {
  const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '/'
  const candidates: [string, string, string][] = [
    [`/sys/fs/cgroup${own}`, 'memory.max', 'memory.current'],
    ['/sys/fs/cgroup', 'memory.max', 'memory.current'],
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes', 'memory.usage_in_bytes'],
  ]
  return candidates.flatMap(([folder, limitFile, usedFile]) => {
    const limit = Number(read(`${folder}/${limitFile}`)?.trim() || NaN)
    const used = Number(read(`${folder}/${usedFile}`)?.trim() || NaN)
    // Page cache counts as used in a control group though the kernel gives it back under pressure.
    const cache = Number(
      /^(?:inactive_file|total_inactive_file) (\d+)$/m.exec(read(`${folder}/memory.stat`) ?? '')?.[1] ?? 0,
    )
    return Number.isFinite(limit) && Number.isFinite(used) ? [{ limit, used: used - cache }] : []
  })
}
