import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

import { manualClock } from '../../../tests/support/clock.ts'
import type { ProcessRecord } from '../../domain/process.ts'
import type { JvmCommand } from './command.ts'
import { argumentsOf, bootId, marks, startTimeOf } from './proc.ts'
import { createProcesses, type Processes, REBOOTED } from './processes.ts'
import { eventually, fastClock, fileLedger, fileSpares, silentLog } from './runtime.fixture.ts'

let folder: string
let installation: string
let count = 0

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-processes-'))
  installation = `processes-test-${process.pid}-${++count}`
  return () => rm(folder, { recursive: true })
})

/** A server's view; the next one over the same ledger stands for its successor. */
function server() {
  const ledger = fileLedger(join(folder, 'ledger.json'))
  const spares = fileSpares(join(folder, 'spares.json'), ledger)
  /** Spares whose files were nobody's. */
  const cleared: string[] = []
  const processes = createProcesses({
    installation,
    ledger,
    spares,
    clock: fastClock(20),
    log: silentLog,
    onExit: () => {},
    onSpareGone: async (uuid) => void cleared.push(uuid),
  })
  onTestFinished(() => processes.close())
  return { processes, ledger, spares, cleared }
}

const draft = (uuid: string) => ({
  uuid,
  resource: 'R',
  generation: 1,
  role: 'jobmanager' as const,
  ordinal: 0,
  memoryBytes: 1,
})

function command(uuid: string, script: string): JvmCommand {
  return {
    executable: process.execPath,
    args: ['-e', script, '--', ...marks(installation, uuid)],
    env: process.env,
    cwd: folder,
    stdout: join(folder, `${uuid}.out`),
    stderr: join(folder, `${uuid}.err`),
  }
}

const STAY = 'setInterval(() => {}, 1000)'
const STUBBORN = "process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)"

/** Whatever a test leaves behind is killed at its end. */
async function started(
  processes: Processes,
  ledger: ReturnType<typeof fileLedger>,
  uuid: string,
  script = STAY,
): Promise<ProcessRecord> {
  await processes.start(draft(uuid), command(uuid, script))
  const record = (await ledger.list()).find((each) => each.uuid === uuid)!
  killLater(record.pid!, record.startTime!)
  return record
}

function killLater(pid: number, startTime: string): void {
  onTestFinished(() => {
    if (startTimeOf(pid) === startTime) process.kill(pid, 'SIGKILL')
  })
}

const exited = (ledger: ReturnType<typeof fileLedger>, uuid: string) =>
  eventually(`${uuid} has ended`, async () =>
    (await ledger.list()).find((record) => record.uuid === uuid && record.state === 'EXITED'),
  )

test('the exit code of a child is recorded', async () => {
  const { processes, ledger } = server()
  await processes.start(draft('a'), command('a', 'process.exit(37)'))
  expect((await exited(ledger, 'a')).exit).toEqual({ code: 37, reason: 'exited with code 37' })
})

test('a child that ends at once is seen to end, also when it was faster than we', async () => {
  const { processes, ledger } = server()
  const uuids = Array.from({ length: 20 }, (_, index) => `a${index}`)
  await Promise.all(
    uuids.map((uuid) => processes.start(draft(uuid), { ...command(uuid, ''), executable: '/bin/false', args: [] })),
  )
  for (const uuid of uuids) expect((await exited(ledger, uuid)).exit).toEqual({ code: 1, reason: 'exited with code 1' })
})

test('a process outlives its server, is adopted by the next one, and its end is noticed there', async () => {
  const first = server()
  const { pid } = await started(first.processes, first.ledger, 'a')
  first.processes.close()
  const second = server()
  await second.processes.settled()
  expect((await second.ledger.list({ live: true })).map((record) => record.pid)).toEqual([pid])
  // The first server would see the exit, having spawned it here in the same program: only the second one's word counts.
  process.kill(pid!, 'SIGKILL')
  await exited(second.ledger, 'a')
})

test('an intent whose process runs is adopted; one without a process never started', async () => {
  const ledger = fileLedger(join(folder, 'ledger.json'))
  const intent = (uuid: string): ProcessRecord => ({
    ...draft(uuid),
    state: 'INTENDED',
    stopRequested: false,
    createdAt: '',
  })
  await ledger.intend(intent('spawned'))
  await ledger.intend(intent('lost'))
  const child = spawn(process.execPath, command('spawned', STAY).args, { stdio: 'ignore' })
  await eventually('its command line is its own', () => argumentsOf(child.pid!).length > 2)
  killLater(child.pid!, startTimeOf(child.pid!)!)
  const { processes } = server()
  await processes.settled()
  const [spawned, lost] = await ledger.list()
  expect(spawned).toMatchObject({ state: 'RUNNING', pid: child.pid, bootId: bootId() })
  expect(lost).toMatchObject({ state: 'EXITED' })
  expect(lost).not.toHaveProperty('pid')
})

test('after a restart of the machine nothing is taken for alive', async () => {
  const ledger = fileLedger(join(folder, 'ledger.json'))
  await ledger.intend({
    ...draft('a'),
    state: 'RUNNING',
    stopRequested: false,
    createdAt: '',
    pid: process.pid,
    startTime: startTimeOf(process.pid)!,
    bootId: 'the last one',
  })
  await server().processes.settled()
  expect((await ledger.list())[0]).toMatchObject({ state: 'EXITED', exit: { reason: REBOOTED } })
})

test("an orphan is stopped; another installation's process is not touched", async () => {
  const ours = spawn(process.execPath, command('orphan', STUBBORN).args, { stdio: 'ignore' })
  const theirs = spawn(process.execPath, ['-e', STAY, '--', ...marks(`${installation}-other`, 'theirs')], {
    stdio: 'ignore',
  })
  for (const child of [ours, theirs]) {
    await eventually('its command line is its own', () => argumentsOf(child.pid!).length > 2)
    killLater(child.pid!, startTimeOf(child.pid!)!)
  }
  await server().processes.settled()
  await eventually('the orphan is gone', () => startTimeOf(ours.pid!) === undefined)
  expect(startTimeOf(theirs.pid!)).toBeDefined()
})

test('who does not heed the request to stop is killed', async () => {
  const { processes, ledger } = server()
  const record = await started(processes, ledger, 'a', STUBBORN)
  await eventually('it ignores SIGTERM', async () =>
    (await import('node:fs')).readFileSync(join(folder, 'a.out'), 'utf8').includes('ready'),
  )
  await processes.stop(record, false)
  expect(await exited(ledger, 'a')).toMatchObject({ stopRequested: true, exit: { signal: 'SIGKILL' } })
})

test('a reused pid is never signalled', async () => {
  const { processes, ledger } = server()
  const record = await started(processes, ledger, 'a')
  await processes.stop({ ...record, startTime: '1' }, true)
  await processes.stop({ ...record, uuid: 'b' }, true)
  expect(startTimeOf(record.pid!)).toBe(record.startTime)
})

test('a program that cannot be started leaves an intent that never came to be, and says what to do', async () => {
  const { processes, ledger } = server()
  const missing = { ...command('a', STAY), executable: '/nowhere/java' }
  await expect(processes.start(draft('a'), missing)).rejects.toMatchObject({ code: 'JAVA_MISSING' })
  expect((await ledger.list())[0]).toMatchObject({ state: 'EXITED' })
})

test('a ledger that cannot be read is asked less and less often', async () => {
  const clock = manualClock()
  const asked = { times: 0 }
  const list = async (): Promise<never> => {
    asked.times += 1
    throw new Error('the disk takes nothing')
  }
  const ledger = { ...fileLedger(join(folder, 'ledger.json')), list }
  const spares = fileSpares(join(folder, 'spares.json'), ledger)
  const options = { installation, ledger, spares, clock, log: silentLog, onExit: () => {}, onSpareGone: async () => {} }
  const processes = createProcesses(options)
  onTestFinished(() => processes.close())
  await clock.advance(600_000)
  // Ten minutes: every ten seconds, instead of two thousand times.
  expect(asked.times).toBeGreaterThan(30)
  expect(asked.times).toBeLessThan(100)
})

/** Says what it is told, then stays. */
const LISTENING = `process.stdin.on('data', (words) => console.log(String(words))); ${STAY}`

async function spare(processes: Processes, uuid: string, ended = () => {}) {
  const record = { uuid, role: 'jobmanager' as const, memoryBytes: 1 }
  const waiting = await processes.startSpare(record, command(uuid, LISTENING), { before: async () => {}, ended })
  killLater(waiting.child.pid!, startTimeOf(waiting.child.pid!)!)
  return waiting
}

const steps = { before: async () => {} }

test('a spare is in its ledger before it runs, and becomes a process of a cluster once', async () => {
  const { processes, ledger, spares } = server()
  const waiting = await spare(processes, 'U')
  expect([await spares.list(), await ledger.list()]).toMatchObject([[{ uuid: 'U' }], []])
  expect(await processes.assign(waiting, draft('U'), 'orders', steps)).toBe(true)
  expect([await spares.list(), await ledger.list()]).toMatchObject([
    [],
    [
      {
        uuid: 'U',
        resource: 'R',
        state: 'RUNNING',
        pid: waiting.child.pid,
        startTime: startTimeOf(waiting.child.pid!),
      },
    ],
  ])
  await eventually('it was told', async () => (await readFile(join(folder, 'U.out'), 'utf8')) === 'orders\n')
  expect(await processes.assign(waiting, draft('U'), 'others', steps)).toBe(false)
  process.kill(waiting.child.pid!, 'SIGKILL')
  expect(await exited(ledger, 'U')).toMatchObject({ exit: { signal: 'SIGKILL' } })
})

test('a spare that ended by itself is nobody else any more', async () => {
  const { processes, ledger } = server()
  const gone = Promise.withResolvers<void>()
  const waiting = await spare(processes, 'U', gone.resolve)
  process.kill(waiting.child.pid!, 'SIGKILL')
  await gone.promise
  expect(await processes.assign(waiting, draft('U'), '', steps)).toBe(false)
  expect(await ledger.list()).toEqual([])
})

test('the next server ends the spares of the one before, with what they had', async () => {
  const first = server()
  const { child } = await spare(first.processes, 'U')
  first.processes.close()
  const next = server()
  await next.processes.settled()
  await eventually('it has ended', () => startTimeOf(child.pid!) === undefined)
  expect([await next.spares.list(), next.cleared]).toEqual([[], ['U']])
})
