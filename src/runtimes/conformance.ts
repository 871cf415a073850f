/**
 * What every runtime guarantees, as tests: fake, local and kubernetes run the same list. The tests of one call share one
 * resource and build on each other in their order, so that three clusters in all are launched.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ClusterRef, EffectiveClusterSpec } from '../domain/cluster.ts'
import { newFlinkJobId } from '../domain/ids.ts'
import type { ProcessRole } from '../domain/process.ts'
import type { FlinkRest } from '../flink/rest.ts'
import type { CheckpointLocation, ClusterObservation, MemberExit, Runtime } from './runtime.ts'

export interface ConformanceSetup {
  runtime: Runtime
  /** A small spec of one slot a TaskManager and one TaskManager at first, with that resource's defaults of the runtime. */
  spec(overrides: Partial<EffectiveClusterSpec>, resource: string): EffectiveClusterSpec
  /** Ends a process as `kill -9` does, behind the runtime's back. */
  kill(member: { cluster: ClusterRef; role: ProcessRole; ordinal: number }): Promise<void>
  /** Makes the present runtime stop without tidying up and answers the next server's, over the same world. */
  restart(): Promise<Runtime>
  /** A streaming job that never ends and makes checkpoints often, on the clusters' class path or in `jar`. */
  job: { entryClass: string; args: string[]; flinkConfiguration: Record<string, string>; jar: Uint8Array }
  dispose(): Promise<void>
}

export interface ConformanceOptions {
  /** How long a condition may take to come true. */
  deadlineMs: number
  pollMs: number
}

export function conformance(name: string, setup: () => Promise<ConformanceSetup>, { deadlineMs, pollMs }: ConformanceOptions): void {
  describe(`${name} keeps the promises of a runtime`, { timeout: 3 * deadlineMs }, () => {
    const resource = randomBytes(8).toString('hex').toUpperCase()
    const first: ClusterRef = { resource, generation: 1 }
    const second: ClusterRef = { resource, generation: 2 }
    const third: ClusterRef = { resource, generation: 3 }
    const flinkJobId = newFlinkJobId()
    const signals: ClusterRef[] = []
    let given: ConformanceSetup
    let runtime: Runtime
    let firstLife: ClusterObservation
    let checkpoint: CheckpointLocation | undefined

    beforeAll(async () => {
      given = await setup()
      runtime = given.runtime
      runtime.onSignal((cluster) => signals.push(cluster))
    }, deadlineMs)
    afterAll(() => given.dispose(), deadlineMs)

    const until = <T>(condition: () => Promise<T>): Promise<T> => vi.waitFor(condition, { timeout: deadlineMs, interval: pollMs })
    const folder = (): string => runtime.defaults(resource)['state.checkpoints.dir']!
    const rest = async (cluster: ClusterRef): Promise<FlinkRest> => runtime.flink(cluster, await runtime.observe(cluster))
    const untilUp = (cluster: ClusterRef, taskManagers: number): Promise<ClusterObservation> => until(async () => {
      const observed = await runtime.observe(cluster)
      expect(observed.phase).toBe('UP')
      expect(observed.taskManagers).toHaveLength(taskManagers)
      expect((await (await rest(cluster)).taskManagers()).map(({ id }) => id).sort()).toEqual(observed.taskManagers.map(({ id }) => id).sort())
      return observed
    })
    const untilRunning = (cluster: ClusterRef, id: string): Promise<void> => until(async () => {
      const job = await (await rest(cluster)).job(id)
      expect(job?.state).toBe('RUNNING')
      expect(job?.vertices.length).toBeGreaterThan(0)
      for (const { parallelism, tasks } of job?.vertices ?? []) expect(tasks.RUNNING).toBe(parallelism)
    })
    const submit = async (cluster: ClusterRef, jobId: string, savepointPath?: string): Promise<void> => {
      const flink = await rest(cluster)
      const { entryClass, args, flinkConfiguration, jar } = given.job
      const request = { entryClass, args, flinkConfiguration, jobId, ...(savepointPath !== undefined && { savepointPath }) }
      await flink.runJar(await flink.uploadJar('conformance.jar', jar), request, AbortSignal.timeout(deadlineMs))
    }
    const untilRemoved = async (cluster: ClusterRef, force: boolean): Promise<void> => {
      await until(async () => expect(await runtime.remove(cluster, { force })).toMatchObject({ done: true }))
      expect(await runtime.observe(cluster)).toMatchObject({ phase: 'ABSENT', taskManagers: [] })
    }

    test('before a launch nothing is there, and removing that is done at once', async () => {
      expect(await runtime.observe(first)).toMatchObject({ phase: 'ABSENT', taskManagers: [] })
      expect(await runtime.remove(first, { force: false })).toMatchObject({ done: true })
    })

    test('a launch is prepared, then up with an incarnation, and asking for it again doubles nothing', async () => {
      const spec = given.spec({}, resource)
      await Promise.all([runtime.launch(first, spec), runtime.launch(first, spec)])
      expect(['PREPARING', 'UP']).toContain((await runtime.observe(first)).phase)
      firstLife = await untilUp(first, spec.initialTaskManagers)
      expect(firstLife.incarnation).toEqual(expect.any(String))
      await runtime.launch(first, spec)
      const again = await runtime.observe(first)
      expect([again.incarnation, again.taskManagers]).toEqual([firstLife.incarnation, firstLife.taskManagers])
      expect(again.exits).toEqual([])
    })

    test('what happens to a cluster is signalled', () => until(async () => expect(signals).toContainEqual(first)))

    test('scaling up starts what is missing, once', async () => {
      await Promise.all([runtime.scale(first, 2, []), runtime.scale(first, 2, [])])
      const scaled = await untilUp(first, 2)
      expect(scaled.taskManagers).toEqual(expect.arrayContaining(firstLife.taskManagers))
      expect(new Set(scaled.taskManagers.map(({ ordinal }) => ordinal)).size).toBe(2)
    })

    test('scaling down stops a named idle TaskManager and no other', async () => {
      const [kept, idle] = (await runtime.observe(first)).taskManagers
      await runtime.scale(first, 1, [])
      await runtime.scale(first, 2, [kept!.id, idle!.id])
      await runtime.scale(first, 1, [idle!.id])
      const exit = await until(async () => {
        const observed = await runtime.observe(first)
        expect(observed.taskManagers).toEqual([kept])
        return observed.exits.find(({ ordinal }) => ordinal === idle!.ordinal)
      })
      expect(exit).toMatchObject({ role: 'taskmanager', requested: true })
    })

    test('a job that is submitted runs, and the same ID a second time is refused', async () => {
      await submit(first, flinkJobId)
      await untilRunning(first, flinkJobId)
      await expect(submit(first, flinkJobId)).rejects.toMatchObject({ kind: 'DUPLICATE' })
      expect((await (await rest(first)).jobs()).map(({ id }) => id)).toEqual([flinkJobId])
    })

    test('its checkpoints are found, where they can be looked for', () => until(async () => {
      const found = await runtime.checkpoints(folder(), flinkJobId)
      if (found) expect(found.length).toBeGreaterThan(0)
      expect(await runtime.checkpoints(folder(), newFlinkJobId()) ?? []).toEqual([])
    }))

    test('the next server adopts what is there and doubles nothing', async () => {
      const before = await runtime.observe(first)
      runtime = await given.restart()
      runtime.onSignal((cluster) => signals.push(cluster))
      const adopted = await until(async () => {
        const observed = await runtime.observe(first)
        expect(observed.phase).toBe('UP')
        return observed
      })
      expect([adopted.incarnation, adopted.taskManagers]).toEqual([before.incarnation, before.taskManagers])
      await runtime.launch(first, given.spec({}, resource))
      await runtime.scale(first, 1, [])
      expect((await untilUp(first, 1)).taskManagers).toEqual(before.taskManagers)
      await untilRunning(first, flinkJobId)
    })

    test('a killed TaskManager is told as an exit with its reason, once, and can be replaced', async () => {
      const [victim] = (await runtime.observe(first)).taskManagers
      signals.length = 0
      await given.kill({ cluster: first, role: 'taskmanager', ordinal: victim!.ordinal })
      const endOf = ({ exits }: ClusterObservation): MemberExit[] =>
        exits.filter(({ role, ordinal }) => role === 'taskmanager' && ordinal === victim!.ordinal)
      const [exit] = await until(async () => {
        const observed = await runtime.observe(first)
        expect(endOf(observed)).toHaveLength(1)
        expect(observed.taskManagers).toEqual([])
        return endOf(observed)
      })
      expect(exit).toMatchObject({ requested: false, rebooted: false, exit: { reason: expect.stringMatching(/./) } })
      await until(async () => expect(signals).toContainEqual(first))
      await runtime.scale(first, 1, [])
      await until(async () => {
        const { taskManagers } = await runtime.observe(first)
        expect(taskManagers).toHaveLength(1)
        expect(taskManagers[0]!.ordinal).not.toBe(victim!.ordinal)
      })
      await untilRunning(first, flinkJobId)
      expect(endOf(await runtime.observe(first))).toEqual([exit])
    })

    test('a killed JobManager ends its generation, TaskManagers included, and that life never answers again', async () => {
      const before = await runtime.observe(first)
      await given.kill({ cluster: first, role: 'jobmanager', ordinal: 0 })
      const ended = await until(async () => {
        const observed = await runtime.observe(first)
        expect(observed).toMatchObject({ phase: 'ENDED', taskManagers: [] })
        return observed
      })
      expect(ended.incarnation).toBe(before.incarnation)
      expect(ended.exits).toContainEqual(expect.objectContaining({ role: 'jobmanager', requested: false }))
      await expect(runtime.flink(first, before).overview()).rejects.toMatchObject({ kind: 'UNREACHABLE' })
    })

    test('removing a generation ends, and leaves the checkpoints', async () => {
      await untilRemoved(first, false)
      const found = await runtime.checkpoints(folder(), flinkJobId)
      checkpoint = found?.[0]
      if (found) expect(checkpoint?.location).toContain(flinkJobId)
    })

    test('the next generation is another life, in which a job goes on from a checkpoint', async () => {
      await runtime.launch(second, given.spec({}, resource))
      const observed = await untilUp(second, 1)
      expect(observed.incarnation).not.toBe(firstLife.incarnation)
      expect(observed.exits).toEqual([])
      const next = newFlinkJobId()
      await submit(second, next, checkpoint?.location)
      await untilRunning(second, next)
    })

    test('a late removal of the former generation leaves the new one alone', async () => {
      const before = await runtime.observe(second)
      await runtime.scale(first, 3, [])
      await untilRemoved(first, true)
      expect(await runtime.observe(second)).toEqual(before)
      for (const { state } of await (await rest(second)).jobs()) expect(state).toBe('RUNNING')
    })

    test('a canceled job ends', async () => {
      const [job] = await (await rest(second)).jobs()
      await (await rest(second)).cancel(job!.id)
      await until(async () => expect((await (await rest(second)).job(job!.id))?.state).toBe('CANCELED'))
      await (await rest(second)).cancel(job!.id)
    })

    test("logs of the living and the dead can be read, the newest generation's first", async () => {
      const logs = await runtime.logs(resource, { tail: 1000 })
      expect(logs.map(({ generation }) => generation)).toEqual(logs.map(({ generation }) => generation).toSorted((a, b) => b - a))
      for (const generation of [1, 2]) {
        for (const role of ['jobmanager', 'taskmanager'] as const) {
          const of = logs.filter((log) => log.generation === generation && log.role === role)
          expect(of.length).toBeGreaterThan(0)
          expect(of.every(({ alive }) => alive === (generation === 2))).toBe(true)
          expect(of.some(({ lines }) => lines.length > 0)).toBe(true)
        }
      }
      const one = await runtime.logs(resource, { tail: 1, role: 'jobmanager' })
      expect(one.every(({ role, lines }) => role === 'jobmanager' && lines.length <= 1)).toBe(true)
    })

    test('checkpoints are deleted on request, those of one job only', async () => {
      await runtime.discardCheckpoints(folder(), flinkJobId)
      expect(await runtime.checkpoints(folder(), flinkJobId) ?? []).toEqual([])
    })

    test('a removal ends, whether the cluster is up or only being launched', async () => {
      await untilRemoved(second, false)
      await runtime.launch(third, given.spec({}, resource))
      await untilRemoved(third, true)
    })

    test('a resource that is forgotten has left nothing', async () => {
      await runtime.forget(resource)
      await runtime.forget(resource)
      expect(await runtime.logs(resource, { tail: 10 })).toEqual([])
      for (const cluster of [first, second, third]) expect(await runtime.observe(cluster)).toMatchObject({ phase: 'ABSENT', exits: [] })
    })
  })
}
