/**
 * Runs a package client (pip, mvn) as a child process: its output is kept for its last words, it is ended with the
 * signal or when it has been silent for too long, and it never outlives this process, not even after a `kill -9`: what
 * it went on writing would turn up in folders that the next installer has tidied.
 */

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

export interface CommandOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  /** Ended when it neither wrote a line nor moved `bytes` for so long. */
  silenceMs: number
  /** Bytes that it has put on disk so far, asked a few times a second. */
  bytes?: () => Promise<number>
  onBytes?: (bytes: number) => void
}

/** MISSING: there is no such program. SILENT: it was ended by us. */
export interface CommandResult {
  end: 'OK' | 'FAILED' | 'MISSING' | 'SILENT'
  output: string
}

/**
 * Beside the client a `cat` waits on a pipe from this process. The pipe closes when this process closes it or dies,
 * and then the whole process group goes: client, build steps, JVMs and the watch itself.
 */
const TIED = '(cat <&3; kill -9 0) >/dev/null 2>&1 & exec "$@" 3<&-'

const WATCH_MS = 250
const OUTPUT_LIMIT = 64 * 1024

export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  options.signal.throwIfAborted()
  const child = spawn('/bin/sh', ['-c', TIED, 'sh', ...argv], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const tie = child.stdio[3] as Writable
  tie.on('error', () => {})
  const kill = (): void => void tie.destroy()
  let output = ''
  let silentSince = Date.now()
  let silent = false
  const hear = (chunk: Buffer): void => {
    silentSince = Date.now()
    output = (output + chunk.toString()).slice(-OUTPUT_LIMIT)
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  child.once('exit', kill)
  options.signal.addEventListener('abort', kill)
  const stopWatching = watchBytes(options, () => {
    silentSince = Date.now()
  })
  const silence = setInterval(() => {
    if (Date.now() - silentSince < options.silenceMs) return
    silent = true
    kill()
  }, WATCH_MS)
  try {
    const end = await ended(child)
    options.signal.throwIfAborted()
    return { end: silent ? 'SILENT' : end, output: withoutColours(output) }
  } finally {
    clearInterval(silence)
    stopWatching()
    options.signal.removeEventListener('abort', kill)
  }
}

/** A shell's words for a program that isn't there, or isn't one. */
const NO_PROGRAM = [126, 127]

function ended(child: ChildProcess): Promise<'OK' | 'FAILED' | 'MISSING'> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code === 0 ? 'OK' : NO_PROGRAM.includes(code ?? -1) ? 'MISSING' : 'FAILED'))
  })
}

function watchBytes(options: CommandOptions, moved: () => void): () => void {
  const { bytes, onBytes } = options
  if (!bytes) return () => {}
  let counted = 0
  let asking = false
  const timer = setInterval(async () => {
    if (asking) return
    asking = true
    const now = await bytes().catch(() => counted)
    asking = false
    // Less than before: the client has moved its file, or removed it.
    if (now <= counted) return
    counted = now
    moved()
    onBytes?.(now)
  }, WATCH_MS)
  return () => clearInterval(timer)
}

const withoutColours = (text: string): string => text.replaceAll(/\u001b\[[0-9;]*m/g, '')

/** The lines of an output that say what went wrong, on one line and not too long. */
export function lastWords(output: string, telling: RegExp): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  const errors = [...new Set(lines.filter((line) => telling.test(line)))]
  const chosen = errors.length > 0 ? errors.slice(0, 2) : lines.slice(-2)
  return chosen.map((line) => (line.length > 300 ? `${line.slice(0, 300)}...` : line)).join(' / ') || 'it said nothing'
}

/** The first of these commands that works, or undefined. `probe` is appended to each. */
export async function firstWorking(
  candidates: readonly (readonly string[])[],
  probe: string,
  options: Omit<CommandOptions, 'silenceMs'>,
): Promise<readonly string[] | undefined> {
  for (const candidate of candidates) {
    const result = await runCommand([...candidate, probe], { ...options, silenceMs: 20_000 })
    if (result.end === 'OK') return candidate
  }
  return undefined
}
