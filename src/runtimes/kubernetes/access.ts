/** Flink's REST API of a cluster on Kubernetes. */
import type { ClusterRef } from '../../domain/cluster.ts'
import { restClient } from '../../flink/client.ts'
import { type FlinkRest, FlinkRestError } from '../../flink/rest.ts'
import type { KubeContext } from './context.ts'
import { clusterName } from './objects.ts'

const REST_PORT = 8081

/** For people and for programs within the cluster. */
export const serviceUrl = (namespace: string, cluster: ClusterRef): string =>
  `http://${clusterName(cluster)}-rest.${namespace}:${REST_PORT}`

/**
 * A client that answers only for the life of the JobManager that `isAlive` speaks of: the address is the same for all
 * lives, and one that ended must not answer with another's words. `onAnswer`: something came from Flink.
 */
export function flinkOf(
  context: KubeContext,
  cluster: ClusterRef,
  life: { isAlive: () => boolean; onAnswer: () => void },
): FlinkRest {
  const { connection, target, flinkAccess } = context
  const name = clusterName(cluster)
  const client =
    flinkAccess === 'direct'
      ? restClient(serviceUrl(target.namespace, cluster))
      : restClient(
          `${connection.server}/api/v1/namespaces/${target.namespace}/services/${name}-rest:${REST_PORT}/proxy`,
          {
            dispatcher: connection.dispatcher,
            between: saidByApiServer,
          },
        )
  return new Proxy(client, {
    get(target, key) {
      const call: unknown = Reflect.get(target, key)
      if (typeof call !== 'function') return call
      return async (...args: unknown[]) => {
        if (!life.isAlive()) throw over(name)
        try {
          const answer: unknown = await (call as (...args: unknown[]) => Promise<unknown>).apply(target, args)
          if (!life.isAlive()) throw over(name)
          life.onAnswer()
          return answer
        } catch (error) {
          if (error instanceof FlinkRestError && error.kind !== 'UNREACHABLE' && !life.isAlive()) throw over(name)
          throw error
        }
      }
    },
  })
}

const over = (name: string): FlinkRestError =>
  new FlinkRestError('UNREACHABLE', `the JobManager of ${name} that was asked has ended`)

/** The API server's own word, a `Status` object, is none of Flink's: it says that Flink could not be asked. */
function saidByApiServer(_status: number, body: unknown): string | undefined {
  const { kind, apiVersion, message } = (body ?? {}) as { kind?: unknown; apiVersion?: unknown; message?: unknown }
  return kind === 'Status' && apiVersion === 'v1' ? String(message ?? 'no reason was given') : undefined
}
