/** Sessions of a workspace and jobs of a session offer the same operations; commands about either are written once, on these. */
import type { WeirResult } from '../api/client/client.ts'
import type {
  FlinkSession,
  FlinkSessionJob,
  FlinkSessionJobSpec,
  FlinkSessionSpec,
  FlinkSessionSummary,
  ProcessLogList,
  ResourceEventList,
  State,
} from '../api/client/generated/types.gen.ts'
import type { Context } from './context.ts'

export type Kind = 'session' | 'job'
export type Summary = FlinkSessionSummary
export type Described = FlinkSession | FlinkSessionJob

export interface Page<T> {
  items: T[]
  marker?: string
}

export interface ListQuery {
  name?: string | undefined
  state?: string | undefined
  label?: string | undefined
}

export interface Collection {
  list(query: ListQuery & { limit?: number; marker?: string | undefined }): Promise<WeirResult<Page<Summary>>>
  /** The body goes out as it stands: what it may hold is for the API to say. */
  create(body: Record<string, unknown>, idempotencyKey: string): Promise<WeirResult<Summary>>
  describe(id: string): Promise<WeirResult<Described>>
  remove(
    id: string,
    query: { cascade?: boolean | undefined; force?: boolean | undefined },
  ): Promise<WeirResult<unknown>>
  events(id: string, marker: string | undefined): Promise<WeirResult<ResourceEventList>>
  logs(id: string, query: { tail?: number; process?: string | undefined }): Promise<WeirResult<ProcessLogList>>
}

const TIMEOUT_MS = 60_000
const PAGE = 100

const signal = (): AbortSignal => AbortSignal.timeout(TIMEOUT_MS)

/** Without the undefined ones, which mean "not given" here and would be sent otherwise. */
type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }
const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>

const page = (marker: string | undefined) => given({ limit: PAGE, marker })
const keyed = (key: string) => ({ 'idempotency-key': key })

const listQuery = (query: ListQuery & { limit?: number; marker?: string | undefined }) =>
  given({ limit: PAGE, ...query, state: query.state as State | undefined })

export async function sessionsOf({ weir, workspace }: Context): Promise<Collection> {
  const ws = await workspace()
  const path = { ws }
  return {
    list: (query) => weir.listFlinkSessions({ path, query: listQuery(query), signal: signal() }),
    create: (body, key) =>
      weir.createFlinkSession({ path, body: body as FlinkSessionSpec, headers: keyed(key), signal: signal() }),
    describe: (session) => weir.describeFlinkSession({ path: { ws, session }, signal: signal() }),
    remove: (session, query) =>
      weir.deleteFlinkSession({ path: { ws, session }, query: given(query), signal: signal() }),
    events: (session, marker) =>
      weir.listFlinkSessionEvents({ path: { ws, session }, query: page(marker), signal: signal() }),
    logs: (session, query) =>
      weir.getFlinkSessionLogs({ path: { ws, session }, query: given(query), signal: signal() }),
  }
}

export async function jobsOf({ weir, workspace }: Context, session: string): Promise<Collection> {
  const path = { ws: await workspace(), session }
  return {
    list: (query) => weir.listFlinkSessionJobs({ path, query: listQuery(query), signal: signal() }),
    create: (body, key) =>
      weir.createFlinkSessionJob({ path, body: body as FlinkSessionJobSpec, headers: keyed(key), signal: signal() }),
    describe: (job) => weir.describeFlinkSessionJob({ path: { ...path, job }, signal: signal() }),
    remove: (job, { force }) =>
      weir.deleteFlinkSessionJob({ path: { ...path, job }, query: given({ force }), signal: signal() }),
    events: (job, marker) =>
      weir.listFlinkSessionJobEvents({ path: { ...path, job }, query: page(marker), signal: signal() }),
    logs: (job, query) =>
      weir.getFlinkSessionJobLogs({ path: { ...path, job }, query: given(query), signal: signal() }),
  }
}
