/**
 * Where the guarantees are tried: a fresh data folder, on PostgreSQL with a fresh database, and a clock of the test's
 * own.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Clock } from '../../domain/clock.ts'
import type { JobResource, Resource } from '../../domain/resource.ts'
import type { SessionJobSpec, SessionSpec } from '../../domain/spec.ts'
import type { Backend } from '../backend.ts'
import type { IdempotencyClaim } from '../idempotency.ts'
import type { StoreOptions } from '../open.ts'
import { openStore } from '../open.ts'
import type { CreateOutcome } from '../resource-records.ts'
import type { Store } from '../store.ts'

/** What one of the two databases offers to the suite. */
export interface DatabaseUnderTest {
  name: string
  /** The address of a new empty database; undefined for SQLite. */
  create(): Promise<string | undefined>
  /** Runs statements past the store. */
  run(dataDir: string, database: string | undefined, statement: string): Promise<void>
  /** What a query past the store answers. */
  rows(dataDir: string, database: string | undefined, query: string): Promise<Record<string, unknown>[]>
  /** The database alone, for what counts its transactions. */
  backend(dataDir: string, database: string | undefined): Promise<Backend>
  /** Starts a process that opens the store and creates sessions until it is killed. */
  startWriter(dataDir: string, database: string | undefined): StoreWriter
}

export interface StoreWriter {
  readonly pid: number | undefined
  /** The names of the sessions whose creation was acknowledged up to now. */
  names(): string[]
  acknowledged(count: number): Promise<void>
  /** With SIGKILL; what the process still said is read. */
  kill(): Promise<void>
}

interface TestClock extends Clock {
  advance(ms: number): void
}

export function testClock(start = Date.parse('2026-01-01T00:00:00.000Z')): TestClock {
  let now = start
  return {
    now: () => now,
    after: () => () => {},
    advance: (ms) => {
      now += ms
    },
  }
}

export interface TestStore {
  /** Open on its folder and database; closed after the test, if not before. */
  readonly store: Store
  readonly clock: TestClock
  readonly dataDir: string
  readonly database: string | undefined
  open(options?: Partial<StoreOptions>): Promise<Store>
  reopen(): Promise<Store>
}

/** In memory where the system offers it: what is tried here is the store, not how fast a disk is. */
const ROOT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Statements that make workspaces of those IDs. */
export const workspaceRows = (ids: readonly string[]): string =>
  [
    `insert into organizations (id, name, created_at, updated_at) values ('TESTS', 'tests', 'then', 'then')`,
    ...ids.map(
      (id) => `insert into workspaces (id, organization, name, revision, created_at, updated_at)
    values ('${id}', 'TESTS', '${id}', 1, 'then', 'then')`,
    ),
  ].join(';')

/** Makes a test store before each test of the surrounding `describe`, with those workspaces in it, and clears it up. */
export function freshStore(under: DatabaseUnderTest, workspaces: readonly string[] = [WORKSPACE, 'OTHER']): TestStore {
  const opened = new Set<Store>()
  let at: { folder: string; database: string | undefined; clock: TestClock; store: Store }
  const open = async (options: Partial<StoreOptions> = {}, from = at): Promise<Store> => {
    const database = from.database === undefined ? {} : { database: from.database }
    const store = await openStore({ dataDir: join(from.folder, 'data'), ...database, clock: from.clock, ...options })
    opened.add(store)
    return store
  }
  beforeEach(async () => {
    const fresh = { folder: mkdtempSync(join(ROOT, 'weir-store-')), database: await under.create(), clock: testClock() }
    at = { ...fresh, store: undefined as unknown as Store }
    at.store = await open()
    if (workspaces.length > 0) await under.run(join(at.folder, 'data'), at.database, workspaceRows(workspaces))
  })
  afterEach(async () => {
    for (const store of opened) await store.close()
    opened.clear()
    rmSync(at.folder, { recursive: true, force: true })
  })
  return {
    get store() {
      return at.store
    },
    get clock() {
      return at.clock
    },
    get dataDir() {
      return join(at.folder, 'data')
    },
    get database() {
      return at.database
    },
    open,
    async reopen() {
      await at.store.close()
      return (at.store = await open())
    },
  }
}

export const WORKSPACE = 'WORKSPACE'
export const CALLER = 'service-account:CALLER'

export const sessionSpec = (name: string, labels?: Record<string, string>): SessionSpec => ({
  name,
  runtime: 'FLINK_1_20',
  jars: [],
  plugins: [],
  flinkConfiguration: { 'rest.port': '0' },
  logConfiguration: {},
  jobManagerResource: {},
  taskManagerResource: {},
  ...(labels ? { labels } : {}),
})

const jobSpec = (name: string): SessionJobSpec => ({
  name,
  flinkConfiguration: {},
  job: { args: ['\0'], entryClass: 'A' },
})

interface More {
  workspace?: string
  labels?: Record<string, string>
  claim?: IdempotencyClaim
}

export const createSession = (
  store: Pick<Store, 'resources'>,
  name: string,
  more: More = {},
): Promise<CreateOutcome> => {
  const { workspace = WORKSPACE, labels, claim } = more
  return store.resources.create(
    { kind: 'session', workspace, name, spec: sessionSpec(name, labels), by: CALLER },
    claim,
  )
}

export const createJob = (store: Pick<Store, 'resources'>, parent: string, name: string): Promise<CreateOutcome> =>
  store.resources.create({ kind: 'job', workspace: WORKSPACE, parent, name, spec: jobSpec(name), by: CALLER })

/** All jobs of a session, those among them whose spec can't be read. */
export const jobsIn = async (store: Pick<Store, 'resources'>, session: string): Promise<JobResource[]> =>
  (await store.resources.all('job')).filter(({ parent }) => parent === session)

/** The resource that was created; anything else fails the test. */
export async function made(outcome: Promise<CreateOutcome>): Promise<Resource> {
  const answer = await outcome
  if (answer.outcome !== 'CREATED') throw new Error(`expected a resource to be created: ${JSON.stringify(answer)}`)
  return answer.resource
}

/** Walks a whole list. */
export async function walk<T>(page: (marker?: string) => Promise<{ items: T[]; marker?: string }>): Promise<T[]> {
  const items: T[] = []
  for (let marker: string | undefined; ; ) {
    const { items: more, marker: next } = await page(marker)
    items.push(...more)
    if (next === undefined) return items
    marker = next
  }
}
