/** What `up` and `serve` share: their options, made from the server's own table, and running until a signal comes. */
import type { Command } from 'commander'
import { collect } from './body.ts'
import type { Io } from './io.ts'
import type { RunningServer } from './server.ts'
import { loadConfigTable, readServerConfig, startServer } from './server.ts'

/** As commander hands them over: by camel-cased name. */
export type ServingFlags = Record<string, string | string[] | undefined>

export async function addConfigOptions(command: Command): Promise<void> {
  const { configOptions } = await loadConfigTable()
  for (const option of configOptions) {
    const fallback = option.fallback === undefined ? '' : `; default ${option.fallback}`
    const text = `${option.description} (env ${option.env}${fallback})`
    const flag = `--${option.name} <${option.value}>`
    if (option.repeatable) command.option(flag, text, collect)
    else command.option(flag, text)
  }
  command.option(
    '--config <FILE>',
    'YAML or JSON file with these options by name (env WEIR_CONFIG); flags and environment win',
  )
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
  const server = await startServer(config, command)
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
