/**
 * The one place where a command reaches the server's own code instead of its API: `up`, `serve` and `quickstart` run
 * a server in this process, `runtime` installs distributions without one. Loaded when needed, so that the other
 * commands start fast.
 */
import type { RunningServer } from '../server/serve.ts'
import type { ServerConfig } from '../server/config.ts'

export type { RunningServer, ServerConfig }

export const loadConfigTable = () => import('../server/config.ts')

export const loadServe = () => import('../server/serve.ts')

export async function openDistributions() {
  const { openDistributions: open } = await import('../server/distributions.ts')
  return open()
}
