/** A bar for downloads on a terminal, plain lines elsewhere; both on stderr. */
import type { SingleBar } from 'cli-progress'
import type { Io } from './io.ts'
import { plain, wantsColour } from './output.ts'

export interface Progress {
  detail: string
  fraction?: number
}

export interface ProgressBar {
  update(progress: Progress): void
  stop(): void
}

/** In a pipe at most one line in this time for the same step, so that logs stay readable. */
const LINE_EVERY_MS = 5000

export function progressBar(io: Io, title: string): ProgressBar {
  return io.errTty && io.env.TERM !== 'dumb' ? bar(io, title) : lines(io)
}

function lines(io: Io): ProgressBar {
  let last = ''
  let at = -Infinity
  return {
    update: ({ detail }) => {
      // The step without its figures: "downloading Flink 1.20.5: # %".
      const step = detail.replace(/\d+([.]\d+)?(?= ?(%|[kMG]?i?B\b))/g, '#')
      const now = performance.now()
      if (step === last && now - at < LINE_EVERY_MS) return
      last = step
      at = now
      io.err(`${plain(detail)}\n`)
    },
    stop: () => undefined,
  }
}

/** The bar has the figure already. */
const step = (detail: string): string => plain(detail).replace(/:? *\d+ ?%$/, '')

function bar(io: Io, title: string): ProgressBar {
  let shown: SingleBar | undefined
  let stopped = false
  let latest: Progress = { detail: title }
  const loading = import('cli-progress').then(({ default: { SingleBar } }) => {
    if (stopped) return
    shown = new SingleBar({
      format: (_options, params, payload: { detail?: string }) => {
        const size = Math.max(10, Math.min(30, io.columns - 60))
        const filled = Math.round(params.progress * size)
        const drawn = '\u2588'.repeat(filled) + '\u2591'.repeat(size - filled)
        const percent = `${Math.floor(params.progress * 100)} %`.padStart(5)
        const colour = wantsColour(io, true)
        const text = `${colour ? `\u001b[36m${drawn}\u001b[0m` : drawn} ${percent}  ${payload.detail ?? ''}`
        return text.slice(0, io.columns + (colour ? 8 : -1))
      },
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
      gracefulExit: false,
      fps: 8,
    })
    shown.start(1, latest.fraction ?? 0, { detail: step(latest.detail) })
  })
  return {
    update: (progress) => {
      latest = progress
      shown?.update(progress.fraction ?? 0, { detail: step(progress.detail) })
    },
    stop: () => {
      stopped = true
      shown?.stop()
      void loading
    },
  }
}
