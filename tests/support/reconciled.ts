/**
 * A server without its HTTP side: real store, real controllers and engine, and the fake runtime's world, all on a clock
 * that the test moves. It can be killed at any named moment, after which nothing of it reaches the store or the world
 * any more, and started again over the same data folder while the clusters go on.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { JobAttempt } from '../../src/domain/cluster.ts'
import { newFlinkJobId } from '../../src/domain/ids.ts'
import type { Kind } from '../../src/domain/kinds.ts'
import type {
  ApplicationResource,
  JobResource,
  Resource,
  ResourceEvent,
  ResourceOf,
  SessionResource,
} from '../../src/domain/resource.ts'
import type { ApplicationSpec, JobSpec, SessionJobSpec, SessionSpec } from '../../src/domain/spec.ts'
import { newerCheckpoint } from '../../src/domain/status.ts'
import { createFakeRuntime, type FakeRuntime } from '../../src/runtimes/fake/fake.ts'
import type { Pace } from '../../src/runtimes/fake/pace.ts'
import { createFakeWorld, type FakeWorld } from '../../src/runtimes/fake/world.ts'
import type { Runtime, Runtimes } from '../../src/runtimes/runtime.ts'
import { createReconciler, type Reconciler } from '../../src/server/reconciler.ts'
import { StoreError } from '../../src/store/errors.ts'
import { openStore } from '../../src/store/open.ts'
import type { CreateOutcome, Store } from '../../src/store/store.ts'
import { type ManualClock, manualClock } from './clock.ts'

export type { FakeRuntime } from '../../src/runtimes/fake/fake.ts'

export interface KillPlan {
  /**
   * `job/acted:SUBMIT`, or `call/begin`: just before that function of the store or of the runtime is called; `*` stands
   * for any text. The server dies the `nth` time it comes by (1).
   */
  at: string
  nth?: number
  /** How long it stays dead, in milliseconds. */
  downMs?: number
}

export interface Reconciled {
  readonly clock: ManualClock
  readonly store: Store
  readonly fake: FakeRuntime
  /** Named moments passed so far, in order, by all servers. */
  readonly moments: string[]
  /** Cycles that threw, a killed server's aside. */
  readonly errors: { resource: string; error: unknown }[]
  readonly kills: () => number
  /** As a signal would that names no kind. */
  wake(kind: Kind, id: string): void
  /** Moves the clock until the condition holds; a server that was killed is started again. */
  until<T>(condition: () => Promise<T | false | undefined> | T | false | undefined, withinMs?: number): Promise<T>
  advance(ms: number): Promise<void>
  /** kill -9 and a new start, `downMs` later. */
  restart(downMs?: number): Promise<void>
  session(spec?: Partial<SessionSpec>): Promise<SessionResource>
  job(
    session: string,
    name: string,
    entryClass?: string,
    more?: Partial<SessionJobSpec['job']>,
    configuration?: Record<string, string>,
  ): Promise<JobResource>
  application(job?: Partial<JobSpec>, spec?: Partial<ApplicationSpec>): Promise<ApplicationResource>
  remove(resource: Resource, how?: { cascade?: boolean; force?: boolean }): Promise<void>
  /** As callers are told of it: as it stands in the store, with what the server only remembers; undefined once it is gone. */
  stored<K extends Kind>(resource: { kind: K; id: string }): Promise<ResourceOf[K] | undefined>
  inState(resource: Resource, ...states: Resource['state'][]): Promise<Resource>
  gone(resource: Resource): Promise<void>
  attempts(job: Resource): Promise<JobAttempt[]>
  events(resource: Resource): Promise<ResourceEvent[]>
}

export interface ReconciledOptions {
  pace?: Partial<Pace>
  capacity?: number
  /** One after the other. */
  kills?: readonly KillPlan[]
  submissionDeadlineMs?: number
  /** While it answers true, the store is away for the server; callers still reach it. */
  storeAway?: () => boolean
  /** Puts something between the controllers and the fake runtime, such as a slow network. */
  through?: (fake: FakeRuntime, clock: ManualClock) => Runtime
}

interface Server {
  store: Store
  lastCheckpoint: Reconciler['lastCheckpoint']
  wake: Reconciler['wake']
  fake: FakeRuntime
  /** Like the end of the process: from now on nothing that still runs has any effect. */
  kill(): void
  dead(): boolean
  bury(): Promise<void>
}

/** A world and its first server; both end with the test. */
export async function reconciled(options: ReconciledOptions = {}): Promise<Reconciled> {
  const folder = mkdtempSync(join(FOLDERS, 'weir-reconciled-'))
  const clock = manualClock()
  const world = createFakeWorld()
  const moments: string[] = []
  const errors: Reconciled['errors'] = []
  const plans = [...(options.kills ?? [])]
  let passes = 0
  let kills = 0
  const passed = (server: Server, where: string): void => {
    if (server.dead()) throw new Killed()
    moments.push(where)
    const [plan] = plans
    if (!plan || !matches(plan.at, where)) return
    passes += 1
    if (passes < (plan.nth ?? 1)) return
    passes = 0
    server.kill()
    throw new Killed()
  }
  const begin = () => startServer({ folder, clock, world, options, passed, errors })
  let server = await begin()
  const restart = async (downMs = 0): Promise<void> => {
    kills += 1
    server.kill()
    await server.bury()
    await clock.advance(downMs)
    server = await begin()
  }
  onTestFinished(async () => {
    server.kill()
    await server.bury()
    rmSync(folder, { recursive: true, force: true })
  })
  const revive = async (): Promise<void> => {
    // The next one may be killed while it starts.
    while (server.dead()) await restart(plans.shift()?.downMs ?? 0)
  }
  const until: Reconciled['until'] = (condition, withinMs) =>
    clock.until(async () => {
      await revive()
      return condition()
    }, withinMs)
  return {
    clock,
    moments,
    errors,
    until,
    restart,
    get store() {
      return server.store
    },
    get fake() {
      return server.fake
    },
    kills: () => kills,
    wake: (kind, id) => server.wake(kind, id),
    async advance(ms) {
      const end = clock.now() + ms
      clock.after(ms, () => {})
      await until(() => clock.now() >= end, ms)
    },
    ...callers(
      () => server.store,
      (id) => server.lastCheckpoint(id),
      until,
    ),
  }
}

const matches = (pattern: string, where: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(where)

class Killed extends Error {}

/** In memory where that can be had: hundreds of servers begin and end here, and none of them loses its machine. */
const FOLDERS = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

interface ServerParts {
  folder: string
  clock: ManualClock
  world: FakeWorld
  options: ReconciledOptions
  passed(server: Server, where: string): void
  errors: Reconciled['errors']
}

async function startServer({ folder, clock, world, options, passed, errors }: ServerParts): Promise<Server> {
  let dead = false
  const store = await openStore({ dataDir: join(folder, 'data'), clock })
  await store.accounts.bootstrap()
  const { pace, capacity, submissionDeadlineMs } = options
  const fake = createFakeRuntime({ clock, world, ...(pace && { pace }), ...(capacity !== undefined && { capacity }) })
  const alive = (name: string): void => passed(server, `call/${name}`)
  const reconciler = createReconciler({
    store: mortal(store, (name) => {
      alive(name)
      if (options.storeAway?.()) throw new StoreError('UNAVAILABLE', 'the database does not answer')
    }),
    runtimes: onlyRuntime(mortal(options.through?.(fake, clock) ?? fake, alive)),
    clock,
    passed: (where) => passed(server, where),
    onError: (resource, error) => {
      if (!dead) errors.push({ resource, error })
    },
    ...(submissionDeadlineMs !== undefined && { submissionDeadlineMs }),
  })
  const server: Server = {
    store,
    lastCheckpoint: reconciler.lastCheckpoint,
    wake: reconciler.wake,
    fake,
    kill: () => {
      dead = true
    },
    dead: () => dead,
    async bury() {
      await reconciler.stop()
      await fake.close()
      await store.close()
    },
  }
  try {
    await reconciler.start()
  } catch (error) {
    if (!dead) throw error
  }
  return server
}

/** Functions that promise nothing. */
const SYNCHRONOUS = new Set(['flink', 'defaults', 'takes', 'findsCheckpoints', 'observedAgain'])

/** The same object, groups and clients that it hands out included, whose functions stop working with the server. */
function mortal<T extends object>(target: T, alive: (name: string) => void): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key)
      if (typeof value === 'object' && value !== null) return mortal(value, alive)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        try {
          // A subscription is ended by its owner's end, too.
          if (key !== 'onSignal' && key !== 'onChange') alive(String(key))
        } catch (error) {
          if (SYNCHRONOUS.has(String(key))) throw error
          return Promise.reject(error)
        }
        const answer: unknown = value.apply(object, args)
        return key === 'flink' ? mortal(answer as object, alive) : answer
      }
    },
  })
}

/** Every workspace has the same runtime. */
const onlyRuntime = (runtime: Runtime): Runtimes => ({
  of: async () => runtime,
  onSignal: (callback) => runtime.onSignal(callback),
  inspectWorkspace: async () => undefined,
  inspectCluster: async () => ({ findings: [] }),
  claim: async () => {},
  release: async () => {},
  counts: async () => ({ requests: 0, corrections: 0 }),
  close: () => runtime.close(),
})

const BY = 'service-account:TEST'

const created = <K extends Kind>(answer: CreateOutcome<K>): ResourceOf[K] => {
  if (answer.outcome !== 'CREATED') throw new Error(`not created: ${JSON.stringify(answer)}`)
  return answer.resource
}

type Callers = Pick<
  Reconciled,
  'session' | 'job' | 'application' | 'remove' | 'stored' | 'inState' | 'gone' | 'attempts' | 'events'
>

/** What callers of the API do and see, without the API. */
function callers(
  store: () => Store,
  lastCheckpoint: Reconciler['lastCheckpoint'],
  until: Reconciled['until'],
): Callers {
  let count = 0
  const workspace = async () => (await store().workspaces.list({ limit: 1 })).items[0]?.id ?? ''
  const stored: Reconciled['stored'] = async ({ kind, id }) => {
    const found = await store().resources.get(kind, id)
    const newest = newerCheckpoint(found?.status.lastCheckpoint, lastCheckpoint(id))
    if (found && newest) found.status.lastCheckpoint = newest
    return found
  }
  return {
    stored,
    async session(spec = {}) {
      count += 1
      return created(
        await store().resources.create({
          kind: 'session',
          workspace: await workspace(),
          name: spec.name ?? `session ${count}`,
          by: BY,
          spec: sessionSpec({ name: `session ${count}`, ...spec }),
        }),
      )
    },
    async job(session, name, entryClass = 'fake.Streaming', more = {}, configuration = {}) {
      return created(
        await store().resources.create({
          kind: 'job',
          workspace: await workspace(),
          parent: session,
          name,
          by: BY,
          spec: {
            name,
            flinkConfiguration: { 'pipeline.name': name, ...configuration },
            job: { args: [], entryClass, id: newFlinkJobId(), ...more },
          },
        }),
      )
    },
    async application(job = {}, spec = {}) {
      count += 1
      const name = `application ${count}`
      return created(
        await store().resources.create({
          kind: 'application',
          workspace: await workspace(),
          name,
          by: BY,
          spec: {
            ...sessionSpec({ name }),
            job: { args: [], entryClass: 'fake.Streaming', id: newFlinkJobId(), ...job },
            ...spec,
          },
        }),
      )
    },
    async remove({ kind, id }, how = {}) {
      const { outcome } = await store().resources.requestDeletion(
        kind,
        id,
        { cascade: false, force: false, ...how },
        BY,
      )
      if (outcome !== 'CHANGED' && outcome !== 'UNCHANGED') throw new Error(`${id} can't be deleted: ${outcome}`)
    },
    async inState(resource, ...states) {
      let last: Resource | undefined
      try {
        return await until(async () => {
          last = await stored(resource)
          return last && states.includes(last.state) && last
        })
      } catch (error) {
        throw new Error(
          `${resource.name} is not ${states.join(' or ')}: ${last?.state} ${JSON.stringify(last?.status)}`,
          { cause: error },
        )
      }
    },
    async gone(resource) {
      let last: Resource | undefined
      try {
        await until(async () => {
          last = await stored(resource)
          return last === undefined
        })
      } catch (error) {
        throw new Error(`${resource.name} is still there: ${JSON.stringify(last?.status)}`, { cause: error })
      }
    },
    attempts: ({ id }) => store().attempts.list(id),
    events: async ({ id }) => (await store().events.list(id, { limit: 100 })).items,
  }
}

export const sessionSpec = (spec: Partial<SessionSpec> = {}): SessionSpec => ({
  name: 'session',
  runtime: 'FLINK_1_20',
  jars: [],
  plugins: [],
  flinkConfiguration: {},
  logConfiguration: {},
  jobManagerResource: {},
  taskManagerResource: {},
  ...spec,
})
