/** What callers see of a cluster or a workspace on Kubernetes, from what an inspection has found. Pure. */
import { isoTime } from './clock.ts'
import { defined } from './defined.ts'
import type { TargetFinding, TargetObservation, TargetStatus } from './kubernetes.ts'

/** All that is well is inspected again after this long; what is not, sooner. */
export const INSPECT_AGAIN_MS = 300_000
const INSPECT_SOON_MS = 15_000

/** `since` moves only when a condition's status does. `now`: when the inspection began. */
export function targetStatus(before: TargetStatus, observation: TargetObservation, now: number): TargetStatus {
  const { findings, kubernetesVersion = before.kubernetesVersion, flinkVersions = before.flinkVersions } = observation
  const at = isoTime(now)
  return {
    observedAt: at,
    ...defined({ kubernetesVersion, flinkVersions }),
    conditions: [summary(findings), ...findings].map((finding) => {
      const previous = before.conditions.find(({ type }) => type === finding.type)
      return { ...finding, since: previous && previous.status === finding.status ? previous.since : at }
    }),
  }
}

/** `Ready`: the first thing that is wrong, or that nothing is. */
function summary(findings: readonly TargetFinding[]): TargetFinding {
  const worst = findings.find(({ status }) => status === 'False') ?? findings.find(({ status }) => status === 'Unknown')
  if (!worst)
    return {
      type: 'Ready',
      status: 'True',
      reason: 'AllWell',
      message: 'everything that was looked at is as it should be',
    }
  return { ...worst, type: 'Ready' }
}

/** When (ms) a target is to be inspected again: at once when nobody has yet, or when a caller has asked since. */
export function nextInspection({
  status,
  checkRequestedAt,
  updatedAt,
}: {
  status: TargetStatus
  checkRequestedAt?: string
  updatedAt: string
}): number {
  const { observedAt } = status
  if (
    observedAt === undefined ||
    observedAt < updatedAt ||
    (checkRequestedAt !== undefined && observedAt <= checkRequestedAt)
  )
    return 0
  const well = status.conditions.every((condition) => condition.status === 'True')
  return Date.parse(observedAt) + (well ? INSPECT_AGAIN_MS : INSPECT_SOON_MS)
}
