/**
 * The server is killed at moments that nobody chose, again and again, while jobs come and go. Whatever it acknowledged
 * holds in the end, Flink was given each job once, and the jobs themselves noticed nothing. What dies beside it is
 * replaced.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { COUNTER, linesIn, starts, wrong } from './support/exact-counter.ts'
import {
  createJob,
  createSession,
  job,
  jobSpec,
  removeSession,
  session,
  sessionSpec,
  untilJob,
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { startWeir, testFolder, type Weir } from './support/weir.ts'

const KILLS = 6
const LONGEST_LIFE_MS = 2_500

/** What was asked for and what is known to have been accepted. */
interface Asked {
  name: string
  key: string
  id?: string
  /** Asked for, and acknowledged. */
  deletion?: 'ASKED' | 'ACCEPTED'
}

test('a server killed again and again at random keeps what it has acknowledged, doubles nothing, and jobs run on undisturbed', async () => {
  const random = seeded()
  const folders = [testFolder(), testFolder()]
  let weir = await startWeir()
  const sessionId = await createSession(weir, sessionSpec('FLINK_1_20', { taskManagers: { min: 1, max: 3 } }))
  const counters = await Promise.all(
    folders.map((folder, n) => createJob(weir, sessionId, jobSpec(`counter ${n}`, COUNTER, [folder]))),
  )
  for (const id of counters)
    await untilJob(weir, sessionId, id, (observed) => observed.status?.lastCheckpoint !== undefined)
  const jobManager = pidOf(weir)

  const asked: Asked[] = []
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const killed = delay(random() * LONGEST_LIFE_MS).then(() => weir.kill('SIGKILL'))
    let dead = false
    void killed.then(() => {
      dead = true
    })
    while (!dead) {
      await askForSomething(weir, sessionId, asked, random)
      await delay(random() * 300)
    }
    await killed
    weir = await weir.restart()
  }
  // Whoever got no answer asks again, as clients do.
  for (const each of asked) {
    if (each.id === undefined) await create(weir, sessionId, each)
    if (each.deletion === 'ASKED') await remove(weir, sessionId, each)
  }

  const path = { ws: weir.workspace, session: sessionId }
  const staying = asked.filter(({ deletion }) => !deletion)
  for (const { id } of staying) await untilJob(weir, sessionId, id ?? '', 'RUNNING')
  for (const { id, deletion } of asked) {
    if (deletion)
      await until(
        'a deleted job is gone',
        async () => !(await weir.client.describeFlinkSessionJob({ path: { ...path, job: id ?? '' } })).ok,
      )
  }
  const { items } = await until('the list is whole', async () => {
    const answer = await weir.client.listFlinkSessionJobs({ path, query: { limit: 100 } })
    return answer.ok && answer.data
  })
  expect(items.map(({ id }) => id).toSorted()).toEqual([...counters, ...staying.map(({ id }) => id ?? '')].toSorted())

  const ours = await Promise.all(items.map(async ({ id }) => (await job(weir, sessionId, id)).job.id ?? ''))
  const inFlink = await flinkJobs((await session(weir, sessionId)).status?.flinkUrl ?? '')
  expect(
    inFlink
      .filter(({ live }) => live)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(ours.toSorted())
  // A deleted job leaves one canceled Flink job, or none when it was deleted before it was sent.
  expect(inFlink.filter(({ live }) => !live).length).toBeLessThanOrEqual(asked.length - staying.length)

  for (const [n, id] of counters.entries()) {
    expect((await job(weir, sessionId, id)).status?.restarts).toBe(0)
    expect(linesIn(folders[n] ?? '').filter((line) => /^(start|WRONG|end)/.test(line))).toEqual([
      'start restored=false',
    ])
  }
  expect(pidOf(weir)).toBe(jobManager)
  await removeSession(weir, sessionId)
  await until('no process is left', async () => weir.processes().length === 0)
})

test('what dies while no server runs is found and replaced by the next one, and its jobs go on from their checkpoints', async () => {
  const folder = testFolder()
  let weir = await startWeir()
  const sessionId = await createSession(weir, sessionSpec('FLINK_1_20'))
  const id = await createJob(weir, sessionId, jobSpec('counter', COUNTER, [folder]))
  const roles = [['taskmanager'], ['jobmanager'], ['taskmanager', 'jobmanager']]
  for (const [n, dying] of roles.entries()) {
    const before = (await untilJob(weir, sessionId, id, 'RUNNING')).status?.lastCheckpoint?.id ?? 0
    await untilJob(weir, sessionId, id, (observed) => (observed.status?.lastCheckpoint?.id ?? 0) > before)
    await weir.kill('SIGKILL')
    for (const { role, pid } of weir.processes()) if (dying.includes(role)) process.kill(pid, 'SIGKILL')
    weir = await weir.restart()
    await until(`it counts on after the end of ${dying.join(' and ')}`, async () => starts(folder).length === n + 2, {
      last: () => linesIn(folder),
    })
  }
  await untilJob(weir, sessionId, id, 'RUNNING')
  expect(starts(folder)).toEqual([
    'start restored=false',
    ...roles.map(() => expect.stringMatching(/^start restored=true total=[1-9]/)),
  ])
  expect(wrong(folder)).toEqual([])
  // Once by Flink, twice by Weir.
  expect((await job(weir, sessionId, id)).status?.restarts).toBe(3)
  await removeSession(weir, sessionId)
  await until('no process is left', async () => weir.processes().length === 0)
})

async function askForSomething(weir: Weir, session: string, asked: Asked[], random: () => number): Promise<void> {
  const there = asked.filter(({ id, deletion }) => id !== undefined && !deletion)
  const victim = there[Math.floor(random() * there.length)]
  // Three slots are free for them, and one that waits for its slot is as good a case as one that runs: but they must
  // all run in the end.
  if (victim && (there.length >= 3 || random() < 0.4)) {
    await remove(weir, session, victim)
  } else if (asked.filter(({ deletion }) => !deletion).length < 4) {
    const wanted: Asked = { name: `extra ${asked.length}`, key: randomUUID() }
    asked.push(wanted)
    await create(weir, session, wanted)
  }
}

async function create(weir: Weir, session: string, wanted: Asked): Promise<void> {
  const answer = await weir.client.createFlinkSessionJob({
    path: { ws: weir.workspace, session },
    body: jobSpec(wanted.name, 'dev.weir.jobs.Endless'),
    headers: { 'Idempotency-Key': wanted.key },
  })
  if (answer.ok) wanted.id = answer.data.id
  else expect(answer.error.code).toBe('UNREACHABLE')
}

async function remove(weir: Weir, session: string, wanted: Asked): Promise<void> {
  wanted.deletion = 'ASKED'
  const answer = await weir.client.deleteFlinkSessionJob({
    path: { ws: weir.workspace, session, job: wanted.id ?? '' },
    query: {},
  })
  // Not found: the first request got through, only its answer did not.
  if (answer.ok || answer.error.status === 404) wanted.deletion = 'ACCEPTED'
  else expect(answer.error.code).toBe('UNREACHABLE')
}

/** Numbers from 0 to 1. The seed is printed; WEIR_TEST_SEED repeats the same choices, though not their timing. */
function seeded(): () => number {
  const seed = Number(process.env['WEIR_TEST_SEED'] ?? Date.now() % 2 ** 32)
  console.log(`seed: WEIR_TEST_SEED=${seed}`)
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function flinkJobs(url: string): Promise<{ id: string; live: boolean }[]> {
  const { jobs } = (await (await fetch(`${url}/jobs/overview`)).json()) as { jobs: { jid: string; state: string }[] }
  return jobs.map(({ jid, state }) => ({ id: jid, live: !['FINISHED', 'FAILED', 'CANCELED'].includes(state) }))
}

const pidOf = (weir: Weir): number | undefined => weir.processes().find(({ role }) => role === 'jobmanager')?.pid
