/**
 * What every runtime guarantees, as tests: fake, local and kubernetes run the same list. The tests of one call share
 * one resource and build on each other in their order, so that three clusters in all are launched.
 *
 * Where Flink scales itself, TaskManagers are wanted by submitting jobs, and become idle by canceling them; everywhere
 * else by asking the runtime. What is promised of them is the same.
 */

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ClusterRef, EffectiveClusterSpec } from '../domain/cluster.ts'
import { defined } from '../domain/defined.ts'
import { newFlinkJobId } from '../domain/ids.ts'
import type { ClusterObservation, MemberExit, TaskManagerObservation } from '../domain/observation.ts'
import type { ProcessRole } from '../domain/process.ts'
import type { SessionSpec } from '../domain/spec.ts'
import { type FlinkErrorKind, type FlinkRest, FlinkRestError } from '../flink/rest.ts'
import type { Runtime } from './runtime.ts'

export interface ConformanceSetup {
  runtime: Runtime
  /**
   * A small spec of one slot a TaskManager, with the runtime's own defaults for that resource; idle TaskManagers go
   * after some seconds.
   */
  spec(resource: string): EffectiveClusterSpec
  /** Ends a process as `kill -9` does, behind the runtime's back. */
  kill(member: { cluster: ClusterRef; role: ProcessRole; ordinal: number }): Promise<void>
  /** Makes the present runtime stop without tidying up and answers the next server's, over the same world. */
  restart(): Promise<Runtime>
  /**
   * A streaming job of parallelism 1 that never ends and makes checkpoints often, on the clusters' class path or in
   * `jar`.
   */
  job: { entryClass: string; args: string[]; flinkConfiguration: Record<string, string>; jar: Uint8Array }
  dispose(): Promise<void>
}

/** How many fit is asked of any specification. */
const SMALL: SessionSpec = {
  name: 'small',
  runtime: 'FLINK_1_17',
  jars: [],
  plugins: [],
  flinkConfiguration: {},
  logConfiguration: {},
  jobManagerResource: {},
  taskManagerResource: {},
}

export interface ConformanceOptions {
  /** How long a condition may take to come true. */
  deadlineMs: number
  pollMs: number
}

const isOf = (error: unknown, kind: FlinkErrorKind): boolean => error instanceof FlinkRestError && error.kind === kind

export function conformance(name: string, setup: () => Promise<ConformanceSetup>, options: ConformanceOptions): void {
  describe(`${name} keeps the promises of a runtime`, { timeout: 3 * options.deadlineMs }, () => {
    const run = createRun(options)
    beforeAll(async () => {
      run.given = await setup()
      run.runtime = run.given.runtime
      run.runtime.onSignal((cluster) => run.signals.push(cluster))
      run.selfScaling = (await run.runtime.capacity(SMALL)).selfScaling === true
    }, options.deadlineMs)
    afterAll(() => run.given.dispose(), options.deadlineMs)

    launching(run)
    scaling(run)
    submitting(run)
    adopting(run)
    dying(run)
    followed(run)
    ending(run)
  })
}

type Run = ReturnType<typeof createRun>

function createRun({ deadlineMs, pollMs }: ConformanceOptions) {
  const resource = randomBytes(8).toString('hex').toUpperCase()
  const until = <T>(condition: () => Promise<T>): Promise<T> =>
    vi.waitFor(condition, { timeout: deadlineMs, interval: pollMs })
  const run = {
    given: undefined as unknown as ConformanceSetup,
    runtime: undefined as unknown as Runtime,
    selfScaling: false,
    /** Flink job IDs by which TaskManagers are wanted. */
    wanting: [] as string[],
    signals: [] as ClusterRef[],
    resource,
    first: { resource, generation: 1 },
    second: { resource, generation: 2 },
    third: { resource, generation: 3 },
    flinkJobId: newFlinkJobId(),
    /** As it was when it came up. */
    firstLife: undefined as ClusterObservation | undefined,
    checkpoint: undefined as string | undefined,
    until,
    folder: (): string => run.runtime.defaults(resource)['state.checkpoints.dir'] ?? '',
    rest: async (cluster: ClusterRef): Promise<FlinkRest> =>
      run.runtime.flink(cluster, await run.runtime.observe(cluster)),
    /** Waits until the cluster is up, and that many TaskManagers live and have registered with Flink. */
    up: (cluster: ClusterRef, taskManagers: number): Promise<ClusterObservation> =>
      until(async () => {
        const observed = await run.runtime.observe(cluster)
        expect(observed.phase).toBe('UP')
        expect(observed.taskManagers).toHaveLength(taskManagers)
        const registered = await (await run.rest(cluster)).taskManagers()
        expect(registered.map(({ id }) => id).sort()).toEqual(observed.taskManagers.map(({ id }) => id).sort())
        return observed
      }),
    running: (cluster: ClusterRef, flinkJobId: string): Promise<void> =>
      until(async () => {
        const job = await (await run.rest(cluster)).job(flinkJobId)
        expect(job?.state).toBe('RUNNING')
        expect(job?.vertices.length).toBeGreaterThan(0)
        for (const { parallelism, tasks } of job?.vertices ?? []) expect(tasks.RUNNING).toBe(parallelism)
      }),
    /** Until Flink has it. An answer that is lost says nothing; the same ID again does no harm. */
    submit: async (cluster: ClusterRef, jobId: string, savepointPath?: string): Promise<void> => {
      try {
        await run.post(cluster, jobId, savepointPath)
      } catch (error) {
        if (!isOf(error, 'UNREACHABLE')) throw error
        await run.post(cluster, jobId, savepointPath).catch((again: unknown) => {
          if (!isOf(again, 'DUPLICATE')) throw again
        })
      }
    },
    post: async (cluster: ClusterRef, jobId: string, savepointPath?: string): Promise<void> => {
      const flink = await run.rest(cluster)
      const { entryClass, args, flinkConfiguration, jar } = run.given.job
      const request = {
        entryClass,
        args,
        flinkConfiguration,
        jobId,
        ...defined({ savepointPath }),
      }
      await flink.runJar(await flink.uploadJar('conformance.jar', jar), request, AbortSignal.timeout(deadlineMs))
    },
    /** Has that many TaskManagers wanted, more than now. */
    want: async (cluster: ClusterRef, taskManagers: number): Promise<void> => {
      if (!run.selfScaling) {
        await Promise.all([run.runtime.scale(cluster, taskManagers, []), run.runtime.scale(cluster, taskManagers, [])])
        return
      }
      while (run.wanting.length < taskManagers) {
        const id = newFlinkJobId()
        await run.submit(cluster, id)
        run.wanting.push(id)
      }
    },
    removed: async (cluster: ClusterRef, force: boolean): Promise<void> => {
      await until(async () => expect(await run.runtime.remove(cluster, { force })).toMatchObject({ done: true }))
      expect(await run.runtime.observe(cluster)).toMatchObject({ phase: 'ABSENT', taskManagers: [] })
    },
  }
  return run
}

function launching(run: Run): void {
  const { first, until } = run

  test('before a launch nothing is there, and removing that is done at once', async () => {
    expect(await run.runtime.observe(first)).toMatchObject({ phase: 'ABSENT', taskManagers: [] })
    expect(await run.runtime.remove(first, { force: false })).toMatchObject({ done: true })
  })

  test('a launch is prepared, then up with an incarnation, and asking for it again doubles nothing', async () => {
    const spec = run.given.spec(run.resource)
    await Promise.all([run.runtime.launch(first, spec), run.runtime.launch(first, spec)])
    expect(['PREPARING', 'UP']).toContain((await run.runtime.observe(first)).phase)
    run.firstLife = await run.up(first, spec.initialTaskManagers)
    expect(run.firstLife.incarnation).toEqual(expect.any(String))
    await run.runtime.launch(first, spec)
    const { incarnation, taskManagers, exits } = await run.runtime.observe(first)
    expect({ incarnation, taskManagers, exits }).toEqual({
      incarnation: run.firstLife.incarnation,
      taskManagers: run.firstLife.taskManagers,
      exits: [],
    })
  })

  test('what happens to a cluster is signalled', () => until(async () => expect(run.signals).toContainEqual(first)))
}

function scaling(run: Run): void {
  const { first, until } = run

  test('scaling up starts what is missing, once', async () => {
    await run.want(first, 2)
    const scaled = await run.up(first, 2)
    expect(scaled.taskManagers).toEqual(expect.arrayContaining([...(run.firstLife?.taskManagers ?? [])]))
    expect(new Set(scaled.taskManagers.map(({ ordinal }) => ordinal)).size).toBe(2)
  })

  test('scaling down stops an idle TaskManager and no other', async () => {
    const { kept, idle } = await becomeIdle(run, first)
    const exit = await until(async () => {
      const observed = await run.runtime.observe(first)
      expect(observed.taskManagers).toEqual([kept])
      const reported = observed.exits.find(({ ordinal }) => ordinal === idle.ordinal)
      // Where a goodbye takes its time, it is told after the TaskManager has stopped counting.
      expect(reported).toBeDefined()
      return reported
    })
    expect(exit).toMatchObject({ role: 'taskmanager', requested: true })
    for (const id of run.wanting.splice(0)) await (await run.rest(first)).cancel(id)
  })
}

/** Of two TaskManagers one has nothing to do any more. */
async function becomeIdle(run: Run, cluster: ClusterRef): Promise<Record<'kept' | 'idle', TaskManagerObservation>> {
  const [kept, idle] = (await run.runtime.observe(cluster)).taskManagers as [
    TaskManagerObservation,
    TaskManagerObservation,
  ]
  if (!run.selfScaling) {
    await run.runtime.scale(cluster, 1, [])
    await run.runtime.scale(cluster, 2, [kept.id, idle.id])
    await run.runtime.scale(cluster, 1, [idle.id])
    return { kept, idle }
  }
  for (const id of run.wanting) await run.running(cluster, id)
  const flink = await run.rest(cluster)
  await flink.cancel(run.wanting.shift()!)
  const freed = await run.until(async () => {
    const found = (await flink.taskManagers()).find(({ slots, freeSlots }) => slots === freeSlots)
    expect(found).toBeDefined()
    return found!.id
  })
  return freed === kept.id ? { kept: idle, idle: kept } : { kept, idle }
}

function submitting(run: Run): void {
  const { first, flinkJobId, until } = run

  test('a job that is submitted runs, and the same ID a second time is refused', async () => {
    await run.submit(first, flinkJobId)
    await run.running(first, flinkJobId)
    await expect(run.post(first, flinkJobId)).rejects.toMatchObject({ kind: 'DUPLICATE' })
    const running = (await (await run.rest(first)).jobs()).filter(({ state }) => state === 'RUNNING')
    expect(running.map(({ id }) => id)).toEqual([flinkJobId])
  })

  test('Flink tells of its checkpoints, which are found where they can be looked for', () =>
    until(async () => {
      const { latest } = await (await run.rest(first)).checkpoints(flinkJobId)
      expect(latest).toBeDefined()
      const found = await run.runtime.checkpoints(run.folder(), flinkJobId)
      if (found) expect(found.length).toBeGreaterThan(0)
      expect((await run.runtime.checkpoints(run.folder(), newFlinkJobId())) ?? []).toEqual([])
    }))
}

function adopting(run: Run): void {
  const { first, until } = run

  test('the next server adopts what is there and doubles nothing', async () => {
    const before = await run.runtime.observe(first)
    run.runtime = await run.given.restart()
    run.runtime.onSignal((cluster) => run.signals.push(cluster))
    const adopted = await until(async () => {
      const observed = await run.runtime.observe(first)
      expect(observed.phase).toBe('UP')
      return observed
    })
    expect([adopted.incarnation, adopted.taskManagers]).toEqual([before.incarnation, before.taskManagers])
    await run.runtime.launch(first, run.given.spec(run.resource))
    await run.runtime.scale(first, 1, [])
    expect((await run.up(first, 1)).taskManagers).toEqual(before.taskManagers)
    await run.running(first, run.flinkJobId)
  })
}

function dying(run: Run): void {
  const { first, until } = run

  test('a killed TaskManager is told as an exit with its reason, once, and can be replaced', async () => {
    const [victim] = (await run.runtime.observe(first)).taskManagers
    const { ordinal } = victim!
    const endsOf = ({ exits }: ClusterObservation): MemberExit[] =>
      exits.filter((exit) => exit.role === 'taskmanager' && exit.ordinal === ordinal)
    run.signals.length = 0
    await run.given.kill({ cluster: first, role: 'taskmanager', ordinal })
    const [exit] = await until(async () => {
      const observed = await run.runtime.observe(first)
      expect(endsOf(observed)).toHaveLength(1)
      expect(observed.taskManagers).not.toContainEqual(victim)
      return endsOf(observed)
    })
    expect(exit).toMatchObject({ requested: false, rebooted: false, exit: { reason: expect.stringMatching(/./) } })
    await until(async () => expect(run.signals).toContainEqual(first))
    await run.runtime.scale(first, 1, [])
    await until(async () => {
      const { taskManagers } = await run.runtime.observe(first)
      expect(taskManagers).toHaveLength(1)
      expect(taskManagers[0]!.ordinal).not.toBe(ordinal)
    })
    await run.running(first, run.flinkJobId)
    expect(endsOf(await run.runtime.observe(first)).map(({ id }) => id)).toEqual([exit!.id])
  })

  test('a killed JobManager ends its generation with its TaskManagers, and that life never answers again', async () => {
    const before = await run.runtime.observe(first)
    run.checkpoint = (await (await run.rest(first)).checkpoints(run.flinkJobId)).latest?.location
    await run.given.kill({ cluster: first, role: 'jobmanager', ordinal: 0 })
    const ended = await until(async () => {
      const observed = await run.runtime.observe(first)
      expect(observed).toMatchObject({ phase: 'ENDED', taskManagers: [] })
      return observed
    })
    expect(ended.incarnation).toBe(before.incarnation)
    expect(ended.exits).toContainEqual(expect.objectContaining({ role: 'jobmanager', requested: false }))
    await expect(run.runtime.flink(first, before).overview()).rejects.toMatchObject({ kind: 'UNREACHABLE' })
  })

  test('removing a generation ends, and leaves the checkpoints', async () => {
    await run.removed(first, false)
    const found = await run.runtime.checkpoints(run.folder(), run.flinkJobId)
    if (found) run.checkpoint = found[0]?.location
    if (found) expect(run.checkpoint).toContain(run.flinkJobId)
  })
}

function followed(run: Run): void {
  const { first, second, until } = run

  test('the next generation is another life, in which a job goes on from a checkpoint', async () => {
    const spec = run.given.spec(run.resource)
    await run.runtime.launch(second, spec)
    const observed = await run.up(second, spec.initialTaskManagers)
    expect(observed.incarnation).not.toBe(run.firstLife?.incarnation)
    expect(observed.exits).toEqual([])
    const next = newFlinkJobId()
    await run.submit(second, next, run.checkpoint)
    await run.running(second, next)
    await run.up(second, 1)
  })

  test('a late removal of the former generation leaves the new one alone', async () => {
    const { incarnation, taskManagers } = await run.runtime.observe(second)
    await run.runtime.scale(first, 3, [])
    await run.removed(first, true)
    expect(await run.runtime.observe(second)).toMatchObject({ phase: 'UP', incarnation, taskManagers, exits: [] })
    for (const { state } of await (await run.rest(second)).jobs()) expect(state).toBe('RUNNING')
  })

  test('a canceled job ends, and canceling it once more is no error', async () => {
    const [job] = await (await run.rest(second)).jobs()
    await (await run.rest(second)).cancel(job!.id)
    await until(async () => expect((await (await run.rest(second)).job(job!.id))?.state).toBe('CANCELED'))
    await (await run.rest(second)).cancel(job!.id)
  })

  test("logs of the living and the dead can be read, the newest generation's first", async () => {
    const logs = await run.runtime.logs(run.resource, { tail: 1000 })
    const generations = logs.map(({ generation }) => generation)
    expect(generations).toEqual(generations.toSorted((a, b) => b - a))
    for (const generation of [1, 2]) {
      for (const role of ['jobmanager', 'taskmanager'] as const) {
        const members = logs.filter((log) => log.generation === generation && log.role === role)
        expect(members.map(({ alive }) => alive)).toEqual(members.map(() => generation === 2))
        expect(members.some(({ lines }) => lines.length > 0)).toBe(true)
      }
    }
    const few = await run.runtime.logs(run.resource, { tail: 1, role: 'jobmanager' })
    expect(few.every(({ role, lines }) => role === 'jobmanager' && lines.length <= 1)).toBe(true)
  })
}

function ending(run: Run): void {
  const { first, second, third, resource } = run

  test('checkpoints are deleted on request', async () => {
    await run.runtime.discardCheckpoints(run.folder(), run.flinkJobId)
    await run.runtime.discardCheckpoints(run.folder(), run.flinkJobId)
    expect((await run.runtime.checkpoints(run.folder(), run.flinkJobId)) ?? []).toEqual([])
  })

  test('a removal ends, whether the cluster is up or only being launched', async () => {
    await run.removed(second, false)
    await run.runtime.launch(third, run.given.spec(resource))
    await run.removed(third, true)
  })

  test('a resource that is forgotten has left nothing', async () => {
    await run.runtime.forget(resource)
    await run.runtime.forget(resource)
    expect(await run.runtime.logs(resource, { tail: 10 })).toEqual([])
    for (const cluster of [first, second, third]) {
      expect(await run.runtime.observe(cluster)).toMatchObject({ phase: 'ABSENT', taskManagers: [] })
    }
  })
}
