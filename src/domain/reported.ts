/**
 * What callers see of a resource, its state and its status, and how they are made of what its controllers say where it
 * keeps both a cluster and a run. Pure.
 */
import { defined } from './defined.ts'
import type { State, Status } from './status.ts'

export interface Reported {
  state: State
  status: Status
}

/** One condition for now, `Ready`; `since` moves only when its status does. */
export function conditions(
  before: Status['conditions'],
  state: State,
  status: Status,
  now: string,
): Status['conditions'] {
  const ready = state === 'RUNNING' ? 'True' : 'False'
  const previous = before.find((condition) => condition.type === 'Ready')
  return [
    {
      type: 'Ready',
      status: ready,
      reason: status.error?.code ?? state,
      message: status.error?.message ?? status.detail,
      since: previous?.status === ready ? previous.since : now,
    },
  ]
}

interface Combination {
  /** The run has ended for good. */
  runEnded: boolean
  /** In a deletion: nothing of the run is left to do. */
  runGone: boolean
  /** The conditions so far. */
  before: Status['conditions']
  now: string
}

/**
 * The one word of a resource that keeps both. The run's word counts while the cluster is fit for use, and once the run
 * has ended for good; otherwise the cluster's. In a deletion the run goes first: its detail counts until it is gone.
 * Numbers are everybody's own: what Flink says of the job stands beside what only the cluster knows.
 */
export function combined(cluster: Reported, run: Reported, { runEnded, runGone, before, now }: Combination): Reported {
  const deleting = run.state === 'DELETING'
  const runLeads = deleting ? !runGone : cluster.state === 'RUNNING' || runEnded
  const { state, status: leading } = runLeads ? run : cluster
  const { jobState: _, flinkJobName: __, lastCheckpoint: ___, jobs: ____, error: _____, ...ofCluster } = cluster.status
  const { jobState, flinkJobName, lastCheckpoint } = run.status
  const { error, observedAt, detail } = leading
  const status: Status = {
    ...ofCluster,
    ...defined({ jobState, flinkJobName, lastCheckpoint, error, observedAt }),
    detail,
    restarts: Math.max(cluster.status.restarts, run.status.restarts),
  }
  return { state, status: { ...status, conditions: conditions(before, state, status, now) } }
}
