/**
 * This Weir takes over from an older one: its data folder, its database and its running clusters. Nothing restarts,
 * jobs go on, no row is lost. What the older one makes is in `support/upgrade-made.ts`, which commit it is in
 * `support/older-weir.ts`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWeirClient } from '../src/api/client/client.ts'
import { type PostgresServer, startPostgres } from '../tests/support/postgres.ts'
import { linesIn, livesIn, starts, wrong } from './support/exact-counter.ts'
import { pathsBelow } from './support/files.ts'
import { type OlderWeir, olderWeir } from './support/older-weir.ts'
import { isAlive } from './support/processes.ts'
import { job, removeSession, session, untilGone, untilJob, untilSession } from './support/scenario.ts'
import { AUTHORIZATION, type KubernetesInMemory, kubernetesInMemory } from './support/upgrade-kubernetes.ts'
import { type Made, makeAll, reportedOf } from './support/upgrade-made.ts'
import {
  added,
  differences,
  emptyTables,
  GROW,
  isAbout,
  lastNumber,
  postgresTables,
  rowsOf,
  sqliteTables,
  type Tables,
} from './support/upgrade-tables.ts'
import { until } from './support/wait.ts'
import { data, startWeir, type Weir } from './support/weir.ts'

let older: OlderWeir
let postgres: PostgresServer
beforeAll(async () => {
  older = await olderWeir()
  postgres = await startPostgres()
})
afterAll(async () => {
  older?.remove()
  await postgres?.stop()
})

/** What stays of something that was deleted. */
const HISTORY = ['changes', 'idempotency']

/** Everything that differs between the two databases, and how the older server ends. */
const DATABASES = [
  {
    name: 'SQLite',
    signal: 'SIGKILL',
    address: async () => undefined,
    tables: async (dataDir: string) => sqliteTables(join(dataDir, 'weir.db')),
  },
  {
    name: 'PostgreSQL',
    signal: 'SIGTERM',
    address: () => postgres.createDatabase(),
    tables: (_dataDir: string, address = '') => postgresTables(address),
  },
] as const

test.each(DATABASES)(
  'the data folder and the clusters of an older Weir are taken over: nothing restarts, jobs go on, no row is lost ($name)',
  async ({ signal, address, tables }) => {
    const database = await address()
    const env = database === undefined ? undefined : { WEIR_DATABASE: database }
    const kubernetes = await kubernetesInMemory()
    const first = await startWeir({ program: older.program, ...(env && { env }) })
    const read = () => tables(first.dataDir, database)
    const made = await makeAll(first, kubernetes)
    await until('the Kubernetes cluster was launched', async () =>
      rowsOf(await read(), 'kube_launches').some(({ uid }) => uid !== null),
    )
    const token = keyOf(first)
    const reported = await reportedOf(first, made)
    await deleteHalfWay(first, made.leaving, await read())
    await first.kill(signal)
    const before = await read()
    const deployment = await kubernetes.deployment()
    const asked = kubernetes.received.length
    expect(emptyTables(before), 'the older Weir is to make something in every table').toEqual([])
    expect(rowsOf(before, 'resources').filter(isAbout(made.leaving))).toMatchObject([{ deletion: expect.any(String) }])
    const halted = pidsOf(before, made.leaving)
    const running = first
      .processes()
      .filter(({ pid }) => !halted.includes(pid))
      .toSorted(byPid)
    expect([running.length, halted.length]).toEqual([2, 1])

    const upgradedAt = new Date().toISOString()
    const next = await startWeir({ dataDir: first.dataDir, ...(env && { env }) })
    for (const pid of halted) if (isAlive(pid)) process.kill(pid, 'SIGCONT')
    await untilAllObserved(next, made, upgradedAt)
    const after = await read()

    expect(next.installation).toBe(first.installation)
    expect(next.processes().toSorted(byPid)).toEqual(running)
    expect(differences(before, after, made.leaving)).toEqual([])
    expectOnlyNews(before, after)
    const oldKey = createWeirClient({ url: next.url, token })
    expect(await reportedOf({ client: oldKey, workspace: next.workspace }, made)).toMatchObject(reported)
    const { first: ids, again } = await made.repeated(oldKey)
    expect(again).toEqual(ids.map((id) => (id === made.leaving ? 'IDEMPOTENCY_RESOURCE_GONE' : id)))
    expect(await kubernetes.deployment()).toEqual(deployment)
    expectOnlyQuestions(kubernetes, asked)

    await expectJobsGoOn(next, made)
    await removeAll(next, made, kubernetes)
    await expectNothingLeft(next, made, await read())
  },
)

const byPid = (a: { pid: number }, b: { pid: number }): number => a.pid - b.pid

const keyOf = (weir: Weir): string => {
  const { keyFile } = JSON.parse(readFileSync(join(weir.dataDir, 'server.json'), 'utf8')) as { keyFile: string }
  return readFileSync(keyFile, 'utf8').split('\n')[0] ?? ''
}

const pidsOf = (tables: Tables, session: string): number[] =>
  rowsOf(tables, 'processes')
    .filter(isAbout(session))
    .map(({ pid }) => Number(pid))

/** Its JobManager is halted and can't end, so that the next server finds the session half deleted. */
async function deleteHalfWay(weir: Weir, leaving: string, tables: Tables): Promise<void> {
  for (const pid of pidsOf(tables, leaving)) process.kill(pid, 'SIGSTOP')
  data(await weir.client.deleteFlinkSession({ path: { ws: weir.workspace, session: leaving } }))
}

async function untilAllObserved(weir: Weir, made: Made, since: string): Promise<void> {
  const anew = (observed: { status?: { observedAt?: string } }) => (observed.status?.observedAt ?? '') > since
  await untilSession(weir, made.session, (observed) => observed.state === 'RUNNING' && anew(observed))
  for (const id of [made.counter, made.rare])
    await untilJob(weir, made.session, id, (observed) => observed.state === 'RUNNING' && anew(observed))
  await untilSession({ ...weir, workspace: made.kubeWorkspace }, made.kubeSession, anew)
  // A target that was observed minutes ago is not observed again before that is due, except on request.
  const path = { ws: made.kubeWorkspace }
  data(await weir.client.checkWorkspace({ path }))
  await until('the workspace on Kubernetes is observed', async () =>
    anew(data(await weir.client.describeWorkspace({ path }))),
  )
  await untilGone(weir, made.leaving)
}

/** Nothing was begun, and what is numbered goes on from the last number. */
function expectOnlyNews(before: Tables, after: Tables): void {
  const news = added(before, after)
  expect(news.filter(({ table }) => !GROW.includes(table))).toEqual([])
  for (const [table, column] of [
    ['changes', 'sequence'],
    ['events', 'id'],
  ] as const) {
    const last = lastNumber(before, table, column)
    expect(news.filter((one) => one.table === table && Number(one.row[column]) <= last)).toEqual([])
  }
  expect(news.some(({ table }) => table === 'changes')).toBe(true)
}

/** With the credentials that the older Weir had sealed; nothing was applied, patched or deleted. */
function expectOnlyQuestions({ received }: KubernetesInMemory, from: number): void {
  const since = received.slice(from)
  expect(since).not.toEqual([])
  expect(since.filter(({ headers }) => headers.authorization !== AUTHORIZATION)).toEqual([])
  expect(since.filter(({ method, url }) => method !== 'GET' && !url.endsWith('accessreviews'))).toEqual([])
}

/** Then their JobManager dies: one job has state from after the upgrade, the other only from before. */
async function expectJobsGoOn(weir: Weir, { session: id, counter, rare, folders }: Made): Promise<void> {
  const { status, job: life } = await job(weir, id, counter)
  const observed = status?.lastCheckpoint?.id ?? 0
  const later = await untilJob(weir, id, counter, (now) => (now.status?.lastCheckpoint?.id ?? 0) > observed)
  expect(later.job.id).toBe(life.id)
  expect([starts(folders.counter), starts(folders.rare)]).toEqual([['start restored=false'], ['start restored=false']])
  expect((await session(weir, id)).status?.restarts).toBe(0)

  process.kill(weir.processes().find(({ role }) => role === 'jobmanager')?.pid ?? 0, 'SIGKILL')
  for (const folder of [folders.counter, folders.rare])
    await until('it counts on', async () => linesIn(folder).filter((line) => line.startsWith('first')).length === 2, {
      last: () => linesIn(folder),
    })
  for (const each of [counter, rare]) await untilJob(weir, id, each, 'RUNNING')
  const [before = [], after = []] = livesIn(folders.rare)
  const total = /^checkpoint id=1 total=([1-9]\d*)$/m.exec(before.join('\n'))?.[1]
  expect(after.slice(0, 2)).toEqual([`start restored=true total=${total}`, `first value=${total}`])
  expect(starts(folders.counter)[1]).toMatch(/^start restored=true total=[1-9]/)
  expect([wrong(folders.counter), wrong(folders.rare)]).toEqual([[], []])
}

async function removeAll(weir: Weir, made: Made, kubernetes: KubernetesInMemory): Promise<void> {
  const { client, workspace } = weir
  await removeSession(weir, made.session)
  await removeSession({ ...weir, workspace: made.kubeWorkspace }, made.kubeSession)
  expect(await kubernetes.deployment()).toBeUndefined()
  data(await client.deleteArtifact({ path: { ws: workspace, artifact: made.artifact } }))
  for (const ws of [made.team, made.kubeWorkspace]) {
    data(await client.deleteWorkspace({ path: { ws } }))
    await until('the workspace is gone', async () => !(await client.describeWorkspace({ path: { ws } })).ok)
  }
  expect(kubernetes.claimed()).toBe(false)
  data(await client.deleteCluster({ path: { cluster: made.kubeCluster } }))
}

async function expectNothingLeft(weir: Weir, made: Made, tables: Tables): Promise<void> {
  await until('no process is left', async () => weir.processes().length === 0)
  const ids = Object.values(made).filter((value) => typeof value === 'string')
  const left = Object.entries(tables).flatMap(([name, { rows }]) =>
    HISTORY.includes(name)
      ? []
      : rows.filter((row) => ids.some((id) => isAbout(id)(row))).map((row) => ({ name, row })),
  )
  expect(left).toEqual([])
  expect(pathsBelow(weir.dataDir).filter((path) => ids.some((id) => path.includes(id)))).toEqual([])
}
