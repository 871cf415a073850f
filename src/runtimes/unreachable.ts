/** A runtime that can't be had: every call fails with the reason, from which nobody concludes anything. */
import { Failure } from '../domain/failure.ts'
import type { Runtime } from './runtime.ts'

export function unreachableRuntime(reason: string): Runtime {
  const fail = async (): Promise<never> => {
    throw new Failure('RUNTIME_UNREACHABLE', reason)
  }
  return {
    name: 'unreachable',
    where: 'KUBERNETES',
    observe: fail,
    launch: fail,
    scale: fail,
    forget: fail,
    capacity: fail,
    stageJar: fail,
    checkpoints: fail,
    discardCheckpoints: fail,
    // A deletion that is forced does not wait for what can't even be asked for.
    remove: async (_cluster, { force }) =>
      force ? { done: true, waitingOn: '', leftBehind: `its cluster may still be there: ${reason}` } : fail(),
    flink: () => {
      throw new Failure('RUNTIME_UNREACHABLE', reason)
    },
    defaults: () => ({}),
    logs: async () => [],
    onSignal: () => () => {},
    close: async () => {},
  }
}
