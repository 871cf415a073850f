/**
 * The kinds of resources that callers make in a workspace: the one list of them, and what each keeps running.
 *
 * Every other room adds its own columns by `satisfies Record<Kind, ...>`, so that a new kind does not compile until
 * each room has its row. What differs between kinds is read from a row; where code would ask which kind it has, a
 * column is missing.
 */

export interface KindRow {
  /** What resources of the kind are made in; names are unique among siblings. */
  parent: 'workspace' | 'session'
  /** It owns generations of a Flink cluster. */
  cluster: boolean
  /** It owns attempts at running a job, on its own cluster or else on its parent's. */
  run: boolean
}

export const KINDS = {
  session: { parent: 'workspace', cluster: true, run: false },
  job: { parent: 'session', cluster: false, run: true },
  application: { parent: 'workspace', cluster: true, run: true },
} as const satisfies Record<string, KindRow>

export type Kind = keyof typeof KINDS

/** In the order of the table: parents before what is in them. */
export const ALL_KINDS = Object.keys(KINDS) as Kind[]

type With<Column extends keyof KindRow, Value> = {
  [K in Kind]: (typeof KINDS)[K][Column] extends Value ? K : never
}[Kind]

export type ClusterKind = With<'cluster', true>
export type RunKind = With<'run', true>

export const CLUSTER_KINDS = ALL_KINDS.filter((kind): kind is ClusterKind => KINDS[kind].cluster)
