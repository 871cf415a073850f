/** Resources as callers see them. */
import type { Static } from 'typebox'
import type { JobAttempt } from '../domain/cluster.ts'
import type { JobResource, Resource, SessionResource } from '../domain/resource.ts'
import { stateOf } from '../domain/resource.ts'
import { ENDED_STATES } from '../domain/status.ts'
import type { ApiPorts } from './ports.ts'
import type { Status } from './schemas/common.ts'
import type { FlinkSessionJob, FlinkSessionJobSummary } from './schemas/session-jobs.ts'
import type { FlinkSession, FlinkSessionSummary } from './schemas/sessions.ts'

type Ages = Pick<ApiPorts, 'clock' | 'staleAfterMs'>

export function renderSummary(
  resource: Resource,
): Static<typeof FlinkSessionSummary> & Static<typeof FlinkSessionJobSummary> {
  const { id, name, createdAt, updatedAt } = resource
  return { id, name, state: stateOf(resource), createdAt, updatedAt }
}

export function renderSession(session: SessionResource, ages: Ages): Static<typeof FlinkSession> {
  return { ...session.spec, ...described(session, ages) }
}

/** `latest` is the newest attempt; before there is one, the ID is what the first will have. */
export function renderJob(
  job: JobResource,
  latest: JobAttempt | undefined,
  ages: Ages,
): Static<typeof FlinkSessionJob> {
  const { id: firstId = '', ...spec } = job.spec.job
  const known = { id: latest?.flinkJobId ?? firstId, name: job.status.flinkJobName ?? job.name }
  return { ...job.spec, ...described(job, ages), job: { ...spec, ...known } }
}

function described(resource: Resource, ages: Ages) {
  const { id, name, createdAt, updatedAt, revision, desiredState } = resource
  const status = renderStatus(resource, ages)
  return { id, name, state: stateOf(resource), createdAt, updatedAt, revision, desiredState, status }
}

/** What never changes again cannot be out of date, however long ago it was seen. */
function renderStatus(resource: Resource, { clock, staleAfterMs }: Ages): Static<typeof Status> {
  const {
    status: { flinkJobName: _, ...status },
    createdAt,
  } = resource
  const seenAt = Date.parse(status.observedAt ?? createdAt)
  const final = ENDED_STATES.includes(stateOf(resource))
  return { ...status, stale: !final && clock.now() - seenAt > staleAfterMs }
}
