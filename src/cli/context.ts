/**
 * Which server a command talks to, with which key, in which workspace. In order: --url, --data-dir, WEIR_URL, the
 * ready file of WEIR_DATA_DIR or of the default data folder. A key is never taken from the command line, where
 * every process of the machine could read it.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { WeirClient } from '../api/client/client.ts'
import { createWeirClient } from '../api/client/client.ts'
import { CliError, EXIT, usageError } from './errors.ts'
import type { Io } from './io.ts'
import type { Output } from './output.ts'
import { makeOutput } from './output.ts'
import { allTargets, workspacesOf } from './targets.ts'

export interface ServerOptions {
  url?: string
  dataDir?: string
  workspace?: string
  json?: boolean
}

export interface Connection {
  /** Without a trailing slash. */
  url: string
  token: string
}

export interface Context {
  io: Io
  output: Output
  connection: Connection
  weir: WeirClient
  /** ID of the workspace in use; asked for once. */
  workspace(): Promise<string>
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

export function serverOptions(command: Command): Command {
  return organizationOptions(command).option(
    '--workspace <id|name>',
    'workspace (env WEIR_WORKSPACE; default: the one named "default")',
  )
}

/** For commands that are about no workspace, or about workspaces themselves. */
export function organizationOptions(command: Command): Command {
  return command
    .option('--url <url>', 'address of the server (env WEIR_URL)')
    .option('--data-dir <dir>', 'talk to the server of this data folder (env WEIR_DATA_DIR)')
    .option('--json', "print the API's JSON")
}

export function openContext(io: Io, options: ServerOptions): Context {
  const connection = findServer(io.env, options)
  let workspace: Promise<string> | undefined
  const weir = createWeirClient(connection)
  return {
    io,
    output: makeOutput(io, options),
    connection,
    weir,
    workspace: () => (workspace ??= findWorkspace(weir, options.workspace ?? io.env.WEIR_WORKSPACE)),
  }
}

export function defaultDataDir(env: Io['env']): string {
  return resolve(env.WEIR_DATA_DIR || join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'weir'))
}

function findServer(env: Io['env'], options: ServerOptions): Connection {
  const url = options.url ?? (options.dataDir ? undefined : env.WEIR_URL)
  if (url) return { url: checkedUrl(url), token: env.WEIR_TOKEN || tokenOfReadyFile(env, checkedUrl(url)) }
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
  return { url: checkedUrl(ready.url), token: env.WEIR_TOKEN || readKey(ready.keyFile) }
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
function tokenOfReadyFile(env: Io['env'], url: string): string {
  const ready = readReadyFile(defaultDataDir(env))
  if (ready && checkedUrl(ready.url) === url) return readKey(ready.keyFile)
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
  return url.href.replace(/\/+$/, '')
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function findWorkspace(weir: WeirClient, wanted: string | undefined): Promise<string> {
  const items = await allTargets(workspacesOf(weir))
  const found = wanted
    ? (items.find((w) => w.id === wanted) ?? items.find((w) => w.name === wanted))
    : (items.find((w) => w.name === 'default') ?? (items.length === 1 ? items[0] : undefined))
  if (found) return found.id
  const names = items.map((w) => w.name).join(', ') || 'none'
  if (!wanted)
    throw usageError(`which workspace? You may see: ${names}`, 'export WEIR_WORKSPACE=NAME   (or --workspace NAME)')
  throw new CliError(EXIT.notFound, `no workspace has the ID or name "${wanted}"; you may see: ${names}`, {
    next: 'export WEIR_WORKSPACE=NAME   (or --workspace NAME)',
  })
}
