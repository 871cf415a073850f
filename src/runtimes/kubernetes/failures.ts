/** What the API server's refusals and silence mean for whoever runs a session. */
import { Failure } from '../../domain/failure.ts'
import { isKubeTrouble, KubeError, type KubeUnreachable } from './client/errors.ts'
import { missingRule } from './rights.ts'

/**
 * An error of the Kubernetes client as a Failure: RUNTIME_UNREACHABLE where nothing follows from it; anything else is
 * passed through.
 */
export function unreachableFailure(error: unknown): unknown {
  if (!isKubeTrouble(error)) return error
  const { retryAfterMs } = error as Partial<KubeUnreachable>
  return new Failure('RUNTIME_UNREACHABLE', explain(error), { cause: error, retryAfterMs })
}

/** What was to be applied is wrong itself. */
const FINAL = new Set(['Invalid', 'BadRequest', 'RequestEntityTooLarge', 'UnsupportedMediaType'])
/** Somebody has to change something first: a right, a quota, a namespace, a resource of the operator. */
const LASTING = new Set(['Forbidden', 'NotFound', 'MethodNotAllowed', ...FINAL])

/**
 * The same where the API server has refused for good what was to be applied. Any other refusal passes, a conflict with
 * another writer for one: nothing follows from it, and the same request is made again.
 */
export function refusedFailure(error: unknown): unknown {
  if (!(error instanceof KubeError) || !LASTING.has(error.reason)) return unreachableFailure(error)
  return new Failure('KUBERNETES_REFUSED', explain(error), { cause: error, retryable: !FINAL.has(error.reason) })
}

function explain(error: unknown): string {
  if (!(error instanceof KubeError)) return (error as Error).message
  const rule = missingRule(error)
  if (rule !== undefined) return `${error.message}. Add to the Role of Weir's user in that namespace: ${rule}`
  // A path whose kind the API server does not know has no details.
  if (error.reason === 'NotFound' && error.details === undefined) {
    return 'the cluster has no FlinkDeployments: install the Apache Flink Kubernetes Operator, version 1.7 or later'
  }
  return error.message
}
