/** What `up` and `serve` share: their options, made from the server's own table, and running until a signal comes. */
import { collect } from './body.ts'
import type { Option } from './command.ts'
import type { Io } from './io.ts'
import type { RunningServer } from './server.ts'
import { loadConfigTable, readServerConfig, startServer } from './server.ts'

/** As commander hands them over: by camel-cased name. */
export type ServingFlags = Record<string, string | string[] | undefined>

export async function configOptions(): Promise<Option[]> {
  const { configOptions: table } = await loadConfigTable()
  const options = table.map(({ name, value, description, env, fallback, repeatable }): Option => {
    const text = `${description} (env ${env}${fallback === undefined ? '' : `; default ${fallback}`})`
    const flag = `--${name} <${value}>`
    return repeatable ? [flag, text, collect] : [flag, text]
  })
  const config = 'YAML or JSON file with these options by name (env WEIR_CONFIG); flags and environment win'
  return [...options, ['--config <FILE>', config]]
}

const kebab = (camel: string): string => camel.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

export interface Running {
  server: RunningServer
  readyAfterMs: number
}

export async function startFromFlags(io: Io, flags: ServingFlags, command: string): Promise<Running> {
  const started = performance.now()
  const byName = Object.fromEntries(Object.entries(flags).map(([key, value]) => [kebab(key), value]))
  const config = await readServerConfig(byName, io.env as NodeJS.ProcessEnv, `${command} --help`)
  const server = await startServer(config, command, (reason) => io.err(`waiting for the database: ${reason}\n`))
  return { server, readyAfterMs: performance.now() - started }
}

/** Answers at the first signal; a later one calls `again`. */
export function untilStopped(io: Io, again: (signal: NodeJS.Signals) => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopped = false
    io.onStop((signal) => {
      if (stopped) return again(signal)
      stopped = true
      resolve(signal)
    })
  })
}
