/** Who runs on this machine, seen from outside: only what the command lines say. Linux. */
import { readdirSync, readFileSync } from 'node:fs'

export interface FlinkProcess {
  pid: number
  role: 'jobmanager' | 'taskmanager'
  installation: string
  /** The JVM's own UUID on its command line. */
  uuid: string
}

const argumentsOf = (pid: string): string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** The Flink JVMs of one installation. */
export function flinkProcesses(installation: string): FlinkProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const args = argumentsOf(pid)
      if (!args.includes(`-Dweir.installation=${installation}`)) return []
      const uuid = args.find((arg) => arg.startsWith('-Dweir.process='))?.slice('-Dweir.process='.length) ?? ''
      const role = args.some((arg) => arg.endsWith('TaskManagerRunner')) ? 'taskmanager' : 'jobmanager'
      return [{ pid: Number(pid), role, installation, uuid } as const]
    })
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
