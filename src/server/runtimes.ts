/** Which runtime a workspace's clusters run on: this machine's, or one for each place on Kubernetes, made when it is first needed. */
import type { Runtime, Runtimes } from '../runtimes/runtime.ts'

export function createRuntimes(local: Runtime): Runtimes {
  return {
    of: async () => local,
    onSignal: (callback) => local.onSignal(callback),
    close: () => local.close(),
  }
}
