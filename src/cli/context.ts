/** What a command works with: terminal, API of the server and workspace in use, each found when it is first needed. */
import type { WeirClient } from '../api/client/client.ts'
import { createWeirClient } from '../api/client/client.ts'
import { allPages, page, timely } from './api.ts'
import type { Connection } from './connection.ts'
import { findServer } from './connection.ts'
import { CliError, EXIT, usageError } from './errors.ts'
import type { Io } from './io.ts'
import type { Output } from './output.ts'
import { makeOutput } from './output.ts'

export interface ServerOptions {
  url?: string
  dataDir?: string
  workspace?: string
  json?: boolean
  /** With the root key instead of the administrator's. */
  root?: boolean
}

export interface Context {
  io: Io
  output: Output
  readonly connection: Connection
  readonly weir: WeirClient
  /** ID of the workspace in use. */
  workspace(): Promise<string>
}

/** Asks nothing yet: what is wrong with a command line is said without a server, too. */
export function openContext(io: Io, options: ServerOptions): Context {
  const connection = once(() => findServer(io.env, options))
  const weir = once(() => createWeirClient(connection()))
  return {
    io,
    output: makeOutput(io, options),
    get connection() {
      return connection()
    },
    get weir() {
      return weir()
    },
    workspace: once(() => findWorkspace(weir(), options.workspace ?? io.env.WEIR_WORKSPACE)),
  }
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

async function findWorkspace(weir: WeirClient, wanted: string | undefined): Promise<string> {
  const items = await allPages((marker) => weir.listWorkspaces({ query: page({ marker }), signal: timely() }))
  const found = wanted
    ? (items.find((w) => w.id === wanted) ?? items.find((w) => w.name === wanted))
    : (items.find((w) => w.name === 'default') ?? (items.length === 1 ? items[0] : undefined))
  if (found) return found.id
  const names = items.map((w) => w.name).join(', ') || 'none'
  const next = 'export WEIR_WORKSPACE=NAME   (or --workspace NAME)'
  if (!wanted) throw usageError(`which workspace? You may see: ${names}`, next)
  throw new CliError(EXIT.notFound, `no workspace has the ID or name "${wanted}"; you may see: ${names}`, { next })
}
