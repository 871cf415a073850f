/**
 * The one place where a command reaches the server's own code instead of its API: `up`, `serve` and `quickstart` run
 * a server in this process, `runtime` installs distributions without one. Loaded when needed, so that the other
 * commands start fast.
 */
import { setFlagsFromString } from 'node:v8'
import type { ServerConfig } from '../server/config.ts'
import type { RunningServer } from '../server/serve.ts'
import { CliError, EXIT, usageError } from './errors.ts'

export type { RunningServer, ServerConfig }

export const loadConfigTable = () => import('../server/config.ts')

export const loadJava = () => import('../server/java.ts')

export async function openDistributions() {
  const { openDistributions: open } = await import('../server/distributions.ts')
  return open()
}

/** What this machine has for each runtime, as `weir serve` with that environment would find it. */
export async function runtimesOnMachine(env: NodeJS.ProcessEnv) {
  const [{ runtimesOnMachine: listRuntimes }, { distributions }, config] = await Promise.all([
    import('../server/runtime-list.ts'),
    openDistributions(),
    readServerConfig({}, env, 'weir serve --help'),
  ])
  return listRuntimes(distributions, config.javaHome)
}

type Flags = Record<string, string | string[] | undefined>

/** Flags by option name; throws a usage error for a configuration that can't be used. */
export async function readServerConfig(flags: Flags, env: NodeJS.ProcessEnv, next: string): Promise<ServerConfig> {
  const { ConfigError, readConfig } = await loadConfigTable()
  try {
    return readConfig(flags, env)
  } catch (error) {
    if (error instanceof ConfigError) throw usageError(error.message, next)
    throw error
  }
}

/** Starts the server in this process; what commonly hinders that is said in words. */
export async function startServer(
  config: ServerConfig,
  command: string,
  onWaiting: (reason: string) => void = () => {},
): Promise<RunningServer> {
  // A server that mostly waits: 30 MB less at rest. Only later allocations follow it, so it comes before the import.
  setFlagsFromString('--optimize-for-size')
  const [{ serve }, { endOnDefects }] = await Promise.all([
    import('../server/serve.ts'),
    import('../server/defects.ts'),
  ])
  endOnDefects(config.logLevel)
  return serve(config, process.env, { onWaiting }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException
    const address = `${config.listen.host}:${config.listen.port}`
    if (code === 'EADDRINUSE') {
      throw new CliError(EXIT.failed, `${address} is taken by another program`, {
        next: [
          `${command} --listen ${config.listen.host}:0   (any free port)`,
          'weir session list   (if that is a Weir server already)',
        ],
        cause: error,
      })
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
      const reason = (error as Error).message
      const next = `${command} --listen 127.0.0.1:8080`
      throw new CliError(EXIT.failed, `cannot listen on ${address}: ${reason}`, { next, cause: error })
    }
    if (code === 'IN_USE') {
      throw new CliError(EXIT.conflict, (error as Error).message, { next: `${command} --data-dir DIR`, cause: error })
    }
    // The store says what is wrong and what to do (store/errors.ts).
    if (error instanceof Error && error.name === 'StoreError')
      throw new CliError(EXIT.failed, error.message, { next: `${command} --help`, cause: error })
    throw error
  })
}
