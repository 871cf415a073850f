/** The actions of the cluster controller, each in one place. When one is due is said by domain/cluster/plan.ts. */

import type { ClusterInput } from '../../../domain/cluster/input.ts'
import type { ClusterAction } from '../../../domain/cluster/plan.ts'
import type { EffectiveClusterSpec, Generation } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import { effectiveClusterSpec } from '../../../domain/effective.ts'
import { Failure } from '../../../domain/failure.ts'
import type { RemoveProgress, Runtime } from '../../../runtimes/runtime.ts'
import type { Store } from '../../../store/store.ts'
import type { ReconcileContext } from '../../context.ts'
import type { ActionTable } from '../actions.ts'
import { cancelJob } from '../cancel.ts'

export interface ClusterTurn {
  context: ReconcileContext
  runtime: Runtime
  input: ClusterInput
}

interface Intended {
  generation?: Generation
}

type Named = Extract<ClusterAction, { generation: number }>

/** The generation that an action names, which is recorded already. */
async function named({ input }: ClusterTurn, { generation: n }: Named): Promise<Intended | undefined> {
  const generation = input.generations.find((known) => known.generation === n)
  return generation && { generation }
}

async function launch({ runtime }: ClusterTurn, _action: ClusterAction, { generation }: Intended): Promise<undefined> {
  if (generation) await runtime.launch(generation, generation.spec)
}

export const CLUSTER_ACTIONS: ActionTable<ClusterTurn, ClusterAction, Intended> = {
  /** Records the next generation with all that is decided about it, and launches it. */
  BEGIN: {
    async intend(turn, { taskManagers }) {
      const { resource } = turn.input
      const spec = { ...effectiveSpec(turn), initialTaskManagers: taskManagers }
      return { generation: await turn.context.store.generations.begin(resource.id, spec) }
    },
    act: launch,
  },
  /** Launches a generation that is recorded and nowhere to be found. */
  LAUNCH: { intend: named, act: launch },
  /** Takes what is left of a generation that has ended out of the world. */
  REMOVE: {
    intend: named,
    async act({ context: { store, observer }, runtime }, { force }, { generation }) {
      if (!generation) return undefined
      const tracking = observer.tracking.of(generation.resource)
      const progress = await runtime.remove(generation, { force }).catch((error: unknown) => {
        // Tried again by the engine, with a growing delay; meanwhile the status says what it waits for.
        if (error instanceof Failure) tracking.waitingOn = `the runtime to take the removal: ${error.message}`
        throw error
      })
      if (progress.done) delete tracking.waitingOn
      else tracking.waitingOn = progress.waitingOn
      return progress.done ? () => removed(store, generation, progress) : undefined
    },
  },
  /** Makes it as many TaskManagers as the jobs need. */
  SCALE: {
    intend: named,
    async act({ runtime }, { wanted, idle }, { generation }) {
      if (generation) await runtime.scale(generation, wanted, idle)
      return undefined
    },
  },
  /** Ends a Flink job that nobody wants any more. */
  CANCEL_STRAY: {
    intend: named,
    async act({ context: { store }, runtime, input: { cluster } }, { flinkJobId }, { generation }) {
      if (!generation || !cluster || !(await cancelJob(runtime.flink(generation, cluster), flinkJobId)))
        return undefined
      return () =>
        store.events.append(generation.resource, {
          severity: 'WARNING',
          reason: 'StrayJobCanceled',
          key: `stray:${flinkJobId}`,
          message: `Flink job ${flinkJobId}, which nothing here wants any more, was still running and has been canceled`,
        })
    },
  },
  /** Ends the live generation, which is removed then. */
  END_FOR_DELETION: {
    async intend({ context: { store }, input: { resource } }, { generation }) {
      const end = { kind: 'DELETED', code: 'DELETED', message: 'deleted on request', retryable: false } as const
      await store.generations.end({ resource: resource.id, generation }, end)
      return {}
    },
    act: async () => undefined,
  },
  /** Deletes what the cluster leaves behind. The row goes with the last controller's own. */
  FINISH_DELETION: {
    intend: async () => ({}),
    async act({ runtime, input: { resource } }) {
      await runtime.forget(resource.id)
      return undefined
    },
  },
}

/** What the resource's cluster is launched with. Throws Failure where that can't be carried out. */
export function effectiveSpec({ runtime, input }: Pick<ClusterTurn, 'runtime' | 'input'>): EffectiveClusterSpec {
  const { id, spec, workspace } = input.resource
  return effectiveClusterSpec(defined({ spec, workspace, runtimeDefaults: runtime.defaults(id), least: input.least }))
}

async function removed(store: Store, generation: Generation, { leftBehind }: RemoveProgress): Promise<void> {
  if (leftBehind !== undefined) {
    await store.events.append(generation.resource, {
      severity: 'WARNING',
      reason: 'LeftBehind',
      key: `left:${generation.generation}`,
      message: leftBehind,
    })
  }
  await store.generations.removed(generation)
}
