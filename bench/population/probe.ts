/**
 * Goes into a measured server by `--import`, and answers over the channel that its parent spawned it with: CPU time in
 * microseconds, and how long the event loop was held, in milliseconds of the clock and of the main thread's CPU.
 */
import { isMainThread } from 'node:worker_threads'

const EVERY_MS = 10

export interface Delays {
  ticks: number
  /** Milliseconds by the clock, beyond the timer's own. */
  wall: { p99: number; max: number }
  /** Milliseconds of CPU between two ticks; a busy loop shows about the timer's own. */
  cpu: { p99: number; max: number }
}

export type ProbeAsk = 'cpu' | 'delays' | 'stop'

export interface ProbeAnswer {
  /** Of the whole process, its threads included. */
  cpuMs: number
  delays?: Delays
}

const threadCpuMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function watchLoop(): () => Delays {
  const wall: number[] = []
  const cpu: number[] = []
  let [lastWall, lastCpu] = [performance.now(), threadCpuMs()]
  const tick = (): void => {
    const [now, cpuNow] = [performance.now(), threadCpuMs()]
    wall.push(Math.max(0, now - lastWall - EVERY_MS))
    cpu.push(cpuNow - lastCpu)
    lastWall = now
    lastCpu = cpuNow
  }
  const timer = setInterval(tick, EVERY_MS)
  timer.unref()
  return () => {
    tick()
    clearInterval(timer)
    return { ticks: wall.length, wall: summary(wall), cpu: summary(cpu) }
  }
}

function summary(values: number[]): { p99: number; max: number } {
  const sorted = Float64Array.from(values).sort()
  return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, max: sorted.at(-1) ?? 0 }
}

if (isMainThread && process.send) {
  let ended = process.env['WEIR_BENCH_DELAYS'] === 'start' ? watchLoop() : undefined
  process.on('message', (ask: ProbeAsk) => {
    const { user, system } = process.cpuUsage()
    const answer: ProbeAnswer = { cpuMs: (user + system) / 1000 }
    if (ask === 'delays') ended ??= watchLoop()
    if (ask === 'stop' && ended) {
      answer.delays = ended()
      ended = undefined
    }
    process.send?.(answer)
  })
  // A bench that was killed leaves no server behind.
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  // It keeps no server alive that wants to end.
  process.channel?.unref()
}
