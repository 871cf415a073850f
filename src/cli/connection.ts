/**
 * Which server a command talks to, and with which key. In order: --url, --data-dir, WEIR_URL, the ready file of
 * WEIR_DATA_DIR or of the default data folder. A key is never taken from the command line, where every process of the
 * machine could read it.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { CliError, EXIT, usageError } from './errors.ts'
import type { Io } from './io.ts'

export interface Connection {
  /** Without a trailing slash. */
  url: string
  token: string
}

export const ENVIRONMENT_HELP = `Which server a command talks to, the first of these that is given:

  --url URL            a server anywhere; its key comes from WEIR_TOKEN
  --data-dir DIR       the server whose data folder this is: address and key are in DIR/server.json
  WEIR_URL             as --url
  WEIR_DATA_DIR        as --data-dir
  (none)               the server of the default data folder: $XDG_DATA_HOME/weir or ~/.local/share/weir

Other variables

  WEIR_TOKEN           the key; wins over the key file of a data folder
  WEIR_WORKSPACE       as --workspace: ID or name; else the one named "default", else the only one
  NO_COLOR             any value: no colours
`

export function defaultDataDir(env: Io['env']): string {
  return resolve(env.WEIR_DATA_DIR || join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'weir'))
}

export function findServer(env: Io['env'], options: { url?: string; dataDir?: string; root?: boolean }): Connection {
  const url = options.url ?? (options.dataDir ? undefined : env.WEIR_URL)
  const keyOf = ({ keyFile }: ReadyFile) => readKey(options.root ? join(dirname(keyFile), 'root.key') : keyFile)
  if (url) return { url: checkedUrl(url), token: env.WEIR_TOKEN || keyOf(readyFileOf(env, checkedUrl(url))) }
  const dataDir = options.dataDir ? resolve(options.dataDir) : defaultDataDir(env)
  const ready = readReadyFile(dataDir)
  if (!ready) {
    const file = join(dataDir, 'server.json')
    throw new CliError(
      EXIT.unreachable,
      `no server found: neither --url nor WEIR_URL is given and ${file} does not exist`,
      {
        next: ['weir up   (starts a server on this machine)', 'weir help environment   (how to name another)'],
      },
    )
  }
  if (!alive(ready.pid)) {
    throw new CliError(EXIT.unreachable, `the server of ${dataDir} (process ${ready.pid}) no longer runs`, {
      next: options.dataDir ? `weir up --data-dir ${options.dataDir}` : 'weir up',
    })
  }
  return { url: checkedUrl(ready.url), token: env.WEIR_TOKEN || keyOf(ready) }
}

interface ReadyFile {
  url: string
  pid: number
  keyFile: string
}

function readReadyFile(dataDir: string): ReadyFile | undefined {
  const file = join(dataDir, 'server.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ReadyFile
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CliError(EXIT.failed, `cannot read ${file}: ${(error as Error).message}`, {
      next: 'weir help environment',
    })
  }
}

/** `--url` of the local server needs no WEIR_TOKEN: its key file is at hand. */
function readyFileOf(env: Io['env'], url: string): ReadyFile {
  const ready = readReadyFile(defaultDataDir(env))
  if (ready && checkedUrl(ready.url) === url) return ready
  throw new CliError(EXIT.notAllowed, `no key for ${url}: WEIR_TOKEN is not set`, {
    next: "export WEIR_TOKEN=...   (the first line of the server's key file)",
  })
}

function readKey(file: string): string {
  try {
    const key = readFileSync(file, 'utf8').split('\n')[0]?.trim()
    if (key) return key
    throw new Error('it is empty')
  } catch (error) {
    throw new CliError(EXIT.notAllowed, `cannot read the server's key file ${file}: ${(error as Error).message}`, {
      next: 'export WEIR_TOKEN=...   (or run this as the user who started the server)',
    })
  }
}

function checkedUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw usageError(
      `"${text}" is not the address of a server: it must be like http://127.0.0.1:8080`,
      'weir help environment',
    )
  }
  return url.href.replace(/(?<!\/)\/+$/, '')
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
