/** What the API server's refusals and silence mean for whoever runs a session. */
import { Failure } from '../../domain/failure.ts'
import { isKubeTrouble, KubeError } from './client/errors.ts'
import { missingRule } from './rights.ts'

/**
 * An error of the Kubernetes client as a Failure: RUNTIME_UNREACHABLE where nothing follows from it; anything else is
 * passed through.
 */
export function unreachableFailure(error: unknown): unknown {
  if (!isKubeTrouble(error)) return error
  return new Failure('RUNTIME_UNREACHABLE', explain(error), { cause: error })
}

/**
 * The same where the API server has refused what was to be applied: another try goes well once somebody has changed
 * something.
 */
export function refusedFailure(error: unknown): unknown {
  if (!(error instanceof KubeError)) return unreachableFailure(error)
  const final = error.reason === 'Invalid' || error.reason === 'BadRequest'
  return new Failure('KUBERNETES_REFUSED', explain(error), { cause: error, retryable: !final })
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
