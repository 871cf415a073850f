/** The API's rows for kinds of resources: where they stand in paths, their shapes, their rules and their words. */
import type { Static } from 'typebox'
import type { Where } from '../domain/configuration.ts'
import { newFlinkJobId } from '../domain/ids.ts'
import { KINDS, type Kind } from '../domain/kinds.ts'
import type { ResourceOf, SpecOf } from '../domain/resource.ts'
import type { Collection, Shapes } from './collection.ts'
import type { ResourcePath } from './find.ts'
import type { ApiPorts } from './ports.ts'
import { renderJob, renderSession } from './render.ts'
import { pathOf } from './schemas/parameters.ts'
import { FlinkSessionJob } from './schemas/session-jobs.ts'
import { FlinkSession } from './schemas/sessions.ts'
import { checkJob, checkSession } from './spec-checks.ts'

/** Its functions take the kind's own types; the routes give them only what its own schemas let pass. */
export interface KindRow<K extends Kind, S extends Shapes> extends Collection<ResourcePath, S> {
  /** Summaries of the routes of what belongs to one. */
  events: string
  logs: { summary: string; description?: string }
  /** What a deletion with `cascade` takes along, if there can be others in it. */
  cascade?: string
  check(body: Static<S['spec']>, where: Where): void
  specOf(body: Static<S['spec']>): SpecOf[K]
  render(resource: ResourceOf[K], ports: ApiPorts): Promise<Static<S['full']>>
}

/** What is the same for all kinds, or follows from what they are made in. */
function common(kind: Kind) {
  const parents = lineage(KINDS[kind].parent)
  const above = parents.map((parent) => `/${parent}s/:${parent}`).join('')
  const [view, edit] = ['CanViewFlinkResources', 'CanEditFlinkResources'] as const
  return {
    is: kind,
    url: `/api/flink/v1/workspaces/:ws${above}/${kind}s`,
    within: pathOf('workspace', ...parents),
    parameter: kind,
    path: pathOf('workspace', ...parents, kind),
    permissions: { create: edit, list: view, describe: view, update: edit, delete: edit },
    failures: { create: [422 as const], update: [422 as const] },
  }
}

/** From the outside in. */
const lineage = (kind: Kind | 'workspace'): Kind[] =>
  kind === 'workspace' ? [] : [...lineage(KINDS[kind].parent), kind]

const session: KindRow<'session', typeof FlinkSession> = {
  ...common('session'),
  tags: ['Sessions'],
  noun: 'FlinkSession',
  shapes: FlinkSession,
  words: {
    create: ['Create a session', 'Accepted; the cluster is being started.'],
    list: ['List sessions', 'A page of sessions, oldest first.'],
    describe: ['Describe a session', 'What the session is meant to be and what was seen of it.'],
    update: ['Rename a session', 'The session as it is now.'],
    delete: ['Delete a session', 'Accepted; the session is DELETING until all of it is gone.'],
  },
  events: 'Tell what happened to a session',
  logs: { summary: 'Read the logs of a session' },
  cascade: 'Delete the jobs of the session with it.',
  inUse: { code: 'SESSION_HAS_JOBS', by: 'jobs', remedy: 'Delete them first, or add ?cascade=true.' },
  check: checkSession,
  specOf: (body) => body,
  render: renderSession,
}

const job: KindRow<'job', typeof FlinkSessionJob> = {
  ...common('job'),
  tags: ['Session jobs'],
  noun: 'FlinkSessionJob',
  shapes: FlinkSessionJob,
  words: {
    create: ['Submit a job to a session', 'Accepted; it is submitted when the session is up.'],
    list: ['List the jobs of a session', 'A page of jobs, oldest first.'],
    describe: ['Describe a session job', 'What the job is meant to be and what was seen of it.'],
    update: ['Rename a session job', 'The job as it is now.'],
    delete: ['Cancel and delete a session job', 'Accepted; the job is DELETING until Flink no longer runs it.'],
  },
  events: 'Tell what happened to a session job',
  logs: {
    summary: 'Read the logs of the processes that a session job runs in',
    description: 'A job has no processes of its own: these are the logs of its session.',
  },
  inUse: null,
  check: checkJob,
  // The ID of the first attempt is stored with the job, so that it is known before anything is sent to Flink.
  specOf: (body) => ({ ...body, job: { ...body.job, id: newFlinkJobId() } }),
  render: renderJob,
}

/** Applications are not served yet. */
export const KIND_ROWS = { session, job, application: null } satisfies {
  [K in Kind]: KindRow<K, Shapes> | null
}
