/** Specs that have the right shape and still cannot be carried out: answered with 422, all reasons at once. */

import type { Violation, Where } from '../domain/configuration.ts'
import { clusterViolations } from '../domain/kube-cluster-violations.ts'
import type { KubeClusterConfig } from '../domain/kubernetes.ts'
import type { JobSpec, SessionJobSpec, SessionSpec } from '../domain/spec.ts'
import { jobViolations, specViolations } from '../domain/violations.ts'
import type { WorkspaceTarget } from '../domain/workspace-violations.ts'
import { workspaceViolations } from '../domain/workspace-violations.ts'
import { canonicalJson } from './canonical-json.ts'
import { ApiError, ERRORS } from './errors.ts'

export const checkSession = (spec: SessionSpec, target: Where): void => refuseAny(specViolations(spec, target))

export const checkJob = (spec: SessionJobSpec): void =>
  refuseAny([...jobViolations(spec), ...unknownSavepoint(spec.job)])

export const checkCluster = (config: KubeClusterConfig): void => refuseAny(clusterViolations(config))

export const checkWorkspace = (target: WorkspaceTarget): void => refuseAny(workspaceViolations(target))

/** Until specs can be updated: fields other than the name may only repeat what is there. */
export function checkUpdate(current: SessionSpec | SessionJobSpec, update: object): void {
  const isSame = (field: string, value: unknown) => canonicalJson(value) === canonicalJson(comparable(current, field))
  const others = Object.entries(update).filter(([field, value]) => field !== 'name' && !isSame(field, value))
  const message = 'cannot be changed yet: only the name can; delete the resource and create it anew'
  refuseAny(others.map(([field]) => ({ path: `/${field}`, message })))
}

function comparable(current: SessionSpec | SessionJobSpec, field: string): unknown {
  if (field !== 'job' || !('job' in current)) return Reflect.get(current, field)
  const { id: _chosenHere, ...written } = current.job
  return written
}

function refuseAny(violations: Violation[]): void {
  if (violations.length > 0) throw refusal(violations)
}

/** The answer (422) with those reasons. */
export function refusal(violations: Violation[]): ApiError {
  const reasons = violations.length === 1 ? 'one reason' : `${violations.length} reasons`
  const message = `${ERRORS.CANNOT_BE_CARRIED_OUT.title}, for ${reasons}: see details.`
  return new ApiError('CANNOT_BE_CARRIED_OUT', message, violations)
}

function unknownSavepoint({ initialSavepoint }: JobSpec): Violation[] {
  if (!initialSavepoint || !('id' in initialSavepoint)) return []
  const message = `there is no savepoint ${initialSavepoint.id}; name one by its location instead`
  return [{ path: '/job/initialSavepoint/id', message }]
}
