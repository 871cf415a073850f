/**
 * An observation that is only compared with the last one: the runtime is asked what lives, Flink for its two lists.
 * Nothing is read from the store, and nothing written.
 */
import type { ClusterRef } from '../../../domain/cluster.ts'
import { Failure } from '../../../domain/failure.ts'
import type { ClusterObservation } from '../../../domain/observation.ts'
import { type FlinkRest, FlinkRestError } from '../../../flink/rest.ts'
import type { Runtime } from '../../../runtimes/runtime.ts'
import { type FlinkLists, readLists } from './lists.ts'
import type { ClusterObserver } from './observer.ts'
import { type ClusterView, viewOf } from './view.ts'

/** `flink`: to ask for more, where it has answered. */
export interface Inspection {
  view: ClusterView
  flink?: FlinkRest
}

/** Where the runtime can't be asked, or not for Flink, that is what was observed. */
export async function inspect(
  observer: ClusterObserver,
  runtime: Runtime,
  generation: ClusterRef,
): Promise<Inspection> {
  try {
    return await inspectReachable(observer, runtime, generation)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'RUNTIME_UNREACHABLE') throw error
    return { view: viewOf({ generation, unreachable: error.message }) }
  }
}

async function inspectReachable(
  observer: ClusterObserver,
  runtime: Runtime,
  generation: ClusterRef,
): Promise<Inspection> {
  const { cluster } = await observer.observe(runtime, generation)
  if (cluster.phase !== 'UP') return { view: viewOf({ generation, cluster }) }
  const flink = runtime.flink(generation, cluster)
  const lists = await flinkLists(flink, cluster)
  return lists
    ? { view: viewOf({ generation, cluster, flink: lists }), flink }
    : { view: viewOf({ generation, cluster }) }
}

/** Undefined while Flink is silent. */
async function flinkLists(flink: FlinkRest, cluster: ClusterObservation): Promise<FlinkLists | undefined> {
  try {
    return await readLists(flink, cluster)
  } catch (error) {
    if (error instanceof FlinkRestError) return undefined
    throw error
  }
}
