import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'

import { manualClock } from '../../../../tests/support/clock.ts'
import { zipOf } from '../../../artifacts/inspect/zip.fixture.ts'
import type { ProcessRole } from '../../../domain/process.ts'
import { spareFolder } from '../paths.ts'
import type { LaunchPlan } from '../plan-file.ts'
import type { Processes, WaitingJvm } from '../processes.ts'
import { fileLedger, fileSpares, silentLog } from '../runtime.fixture.ts'
import { createWarmPool } from './pool.ts'
import { needsItsOwn } from './spare-command.ts'

const GIB = 2 ** 30
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-pool-'))
  return () => rm(folder, { recursive: true })
})

const plan = (more: Partial<LaunchPlan> = {}): LaunchPlan => ({
  flinkVersion: '2.3.0',
  home: '/flink',
  java: { home: '/java', executable: '/java/bin/java', major: 17, version: '17.0.1', build: 'B' },
  classPath: ['/flink/lib/flink-dist.jar'],
  memory: { jobmanager: { jvm: ['-Xmx1'], dynamic: [] }, taskmanager: { jvm: ['-Xmx2'], dynamic: [] } },
  jobManagerBytes: GIB,
  taskManagerBytes: GIB,
  launcher: {},
  inexpressible: [],
  ...more,
})

const WARM = {
  sharing: ['-XX:SharedArchiveFile=/a.jsa'],
  classes: '/a.jobmanager',
  jars: ['/flink/lib/flink-dist.jar'],
}

/** A pool whose JVMs are none, on a machine with that much memory. */
function pool(pairs = 1) {
  const clock = manualClock()
  const machine = { free: 16 * GIB }
  const alive = new Map<string, { role: ProcessRole; ended: () => void }>()
  const processes: Pick<Processes, 'startSpare' | 'assign' | 'discard'> = {
    async startSpare({ uuid, role }, _command, { ended }) {
      alive.set(uuid, { role, ended })
      return { uuid, child: { exitCode: null, signalCode: null } as WaitingJvm['child'] }
    },
    assign: async ({ uuid }) => alive.delete(uuid),
    discard({ uuid }) {
      alive.get(uuid)?.ended()
      alive.delete(uuid)
    },
  }
  const ledger = fileLedger(join(folder, 'ledger.json'))
  const memory = {
    totalBytes: () => 16 * GIB,
    require: () => {},
    howManyFit: (wanted: number, each: number) => ({ fit: Math.min(wanted, Math.floor(machine.free / each)) }),
  }
  const warmPool = createWarmPool({
    pairs,
    installation: 'I',
    dataDir: folder,
    ledger,
    spares: fileSpares(join(folder, 'spares.json'), ledger),
    processes: processes as Processes,
    archives: { warm: async () => WARM },
    memory,
    clock,
    log: silentLog,
  })
  const roles = () => [...alive.values()].map(({ role }) => role).toSorted()
  const take = (role: ProcessRole, of: LaunchPlan, more: { classPath?: string[] } = {}) => {
    const member = {
      installation: 'I',
      role,
      ordinal: role === 'jobmanager' ? 0 : 1,
      java: of.java,
      flinkVersion: of.flinkVersion,
      home: of.home,
      folder: spareFolder(folder, 'launch'),
      classPath: of.classPath,
      memory: of.memory[role],
      configuration: of.launcher ?? {},
      inexpressible: of.inexpressible,
      sharing: WARM.sharing,
      resourceId: 'id',
      ...more,
    }
    return warmPool.take(member, { resource: 'R', generation: 1, role, ordinal: 0, memoryBytes: GIB })
  }
  return { warmPool, clock, machine, alive, roles, take }
}

test('a pair waits after a launch, once nothing has been started for a while, and no more than that', async () => {
  const { warmPool, clock, roles } = pool()
  await clock.advance(60_000)
  expect(roles()).toEqual([])
  warmPool.launching(plan())
  await clock.advance(1_900)
  expect(roles()).toEqual([])
  await clock.advance(60_000)
  expect(roles()).toEqual(['jobmanager', 'taskmanager'])
  expect(warmPool.stats()).toEqual({ waiting: 2, started: 2, taken: 0, missed: 0, discarded: 0 })
})

test('without a launch that others can be like none waits, nor where the pool is off', async () => {
  const unusual = pool()
  unusual.warmPool.launching(plan({ launcher: { 'env.java.opts.all': '-Dmine' } }))
  const off = pool(0)
  off.warmPool.launching(plan())
  for (const { clock, roles } of [unusual, off]) {
    await clock.advance(60_000)
    expect(roles()).toEqual([])
  }
})

test('a JVM is taken once, by a member that would have been started in the same way', async () => {
  const { warmPool, clock, take } = pool()
  warmPool.launching(plan())
  await clock.advance(10_000)
  const memory = { ...plan().memory, jobmanager: { jvm: ['-Xmx3'], dynamic: [] } }
  const java = { ...plan().java, build: 'C' }
  for (const other of [
    plan({ memory }),
    plan({ java }),
    plan({ launcher: { 'env.java.opts.jobmanager': '-Dmine' } }),
    plan({ launcher: { 'containerized.master.env.MINE': '1' } }),
    plan({ inexpressible: [['a', 'b']] }),
  ])
    expect(await take('jobmanager', other)).toBe(false)
  const same = plan({ memory: { ...plan().memory, jobmanager: { jvm: ['-Xmx1'], dynamic: ['a=b'] } } })
  expect([await take('jobmanager', same), await take('jobmanager', same)]).toEqual([true, false])
  expect(warmPool.stats()).toMatchObject({ waiting: 1, taken: 1, missed: 6 })
})

test('jars that have to be there from the beginning keep a session from taking one', async () => {
  const jar = async (name: string, entry: string) => {
    await writeFile(join(folder, name), zipOf([{ name: entry, data: Buffer.from('x') }]))
    return join(folder, name)
  }
  expect(await needsItsOwn([await jar('a.jar', 'dev/acme/Orders.class')])).toBe(false)
  expect(await needsItsOwn([await jar('b.jar', 'META-INF/services/dev.acme.Orders')])).toBe(false)
  for (const entry of [
    'META-INF/services/java.nio.file.spi.FileSystemProvider',
    'META-INF/org/apache/logging/log4j/core/config/plugins/Log4j2Plugins.dat',
    'log4j2.component.properties',
  ])
    expect(await needsItsOwn([await jar('c.jar', entry)])).toBe(true)
  await writeFile(join(folder, 'd.jar'), 'no jar')
  expect(await needsItsOwn([join(folder, 'd.jar')])).toBe(true)
})

test('those that wait end when nobody came for ten minutes, and when memory is short', async () => {
  const { warmPool, clock, machine, roles } = pool()
  warmPool.launching(plan())
  await clock.advance(590_000)
  expect(roles()).toHaveLength(2)
  await clock.advance(20_000)
  expect(roles()).toEqual([])
  warmPool.launching(plan())
  await clock.advance(10_000)
  expect(roles()).toHaveLength(2)
  machine.free = GIB
  await clock.advance(10_000)
  expect([roles(), warmPool.stats().waiting]).toEqual([[], 0])
  warmPool.launching(plan())
  await clock.advance(60_000)
  expect(roles()).toEqual([])
})

test('a pair of another kind takes the place of one that is not wanted any more', async () => {
  const { warmPool, clock, roles, take } = pool()
  warmPool.launching(plan())
  await clock.advance(10_000)
  const larger = plan({ memory: { ...plan().memory, jobmanager: { jvm: ['-Xmx9'], dynamic: [] } } })
  warmPool.launching(larger)
  await clock.advance(10_000)
  expect([roles(), warmPool.stats().started]).toEqual([['jobmanager', 'taskmanager'], 3])
  expect([await take('jobmanager', plan()), await take('jobmanager', larger)]).toEqual([false, true])
})

test('those that end by themselves are replaced a few times only', async () => {
  const { warmPool, clock, alive } = pool()
  warmPool.launching(plan())
  for (let round = 0; round < 20; round++) {
    await clock.advance(2_000)
    for (const [uuid, { ended }] of alive) {
      alive.delete(uuid)
      ended()
    }
  }
  expect(warmPool.stats().started).toBeLessThan(6)
})
