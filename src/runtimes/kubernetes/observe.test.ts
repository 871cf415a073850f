import { describe, expect, test } from 'vitest'
import type { MemberExit } from '../../domain/observation.ts'
import {
  deploymentOf,
  filesOf,
  jobManager,
  launchOf,
  mainOf,
  NOT_SCHEDULED,
  nowAt,
  RUNNING,
  taskManager,
  terminated,
  timeAt,
  waiting,
} from './objects.fixture.ts'
import { type ClusterObjects, observeObjects } from './observe.ts'

const observe = (change: Partial<ClusterObjects>) =>
  observeObjects({
    launch: launchOf(),
    recovers: false,
    deployment: deploymentOf(),
    pods: [],
    exits: [],
    now: nowAt(10),
    ...change,
  })
const REACHED = launchOf({ reached: true, incarnation: 'jm-1/0' })
const up = jobManager({ main: mainOf(RUNNING) })
const exitOf = (change: Partial<MemberExit> = {}): MemberExit => ({
  id: 'jm-1/0',
  role: 'jobmanager',
  ordinal: 0,
  at: timeAt(60),
  exit: { code: 1, reason: 'exited with code 1' },
  requested: false,
  rebooted: false,
  ...change,
})

describe('a FlinkDeployment that others have laid hands on is the end of its cluster', () => {
  const ENDS: [how: string, change: Partial<ClusterObjects>, reason: RegExp][] = [
    [
      'is gone',
      { deployment: undefined },
      /^was lost with its FlinkDeployment weir-session-1, which someone else deleted$/,
    ],
    [
      'was made anew under another UID',
      { deployment: deploymentOf({ uid: 'another' }), pods: [up] },
      /which someone else deleted$/,
    ],
    [
      'is being deleted',
      { deployment: deploymentOf({ deletionTimestamp: timeAt(9) }), pods: [up] },
      /^was stopped: someone else deleted its FlinkDeployment/,
    ],
    [
      'was changed',
      { drift: 'spec.image', pods: [up] },
      /^was replaced: someone else changed spec\.image of its FlinkDeployment weir-session-1, and/,
    ],
  ]
  test.each(ENDS)('it %s', (_how, change, reason) => {
    for (const recovers of [false, true]) {
      const observation = observe({ launch: REACHED, recovers, ...change })
      expect(observation).toMatchObject({ phase: 'ENDED', incarnation: 'jm-1/0', taskManagers: [] })
      expect(observation.detail).toMatch(/^the JobManager was /)
      expect(observation.exits.at(-1)).toMatchObject({
        id: 'jm-1/0',
        role: 'jobmanager',
        requested: false,
        exit: { reason: expect.stringMatching(reason) },
      })
    }
  })

  test('before a JobManager has lived as well', () => {
    expect(observe({ deployment: undefined })).toMatchObject({
      phase: 'ENDED',
      exits: [{ id: 'weir-session-1', role: 'jobmanager' }],
    })
    expect(observe({ deployment: undefined }).incarnation).toBeUndefined()
  })
})

describe('while it starts', () => {
  const preparing = (change: Partial<ClusterObjects>): string => {
    const observation = observe(change)
    expect(observation).toMatchObject({ phase: 'PREPARING', taskManagers: [] })
    return observation.detail
  }

  test('what is waited for is told', () => {
    expect(preparing({})).toBe("waiting for the JobManager's pod")
    expect(preparing({ pods: [jobManager({ main: mainOf(waiting('ContainerCreating')) })] })).toBe(
      "starting the JobManager's pod",
    )
    expect(preparing({ pods: [jobManager({ status: NOT_SCHEDULED })] })).toMatch(
      /^no node can take its pod: .*Insufficient cpu/,
    )
    expect(
      preparing({ pods: [jobManager({ main: mainOf(waiting('PodInitializing')), files: filesOf(RUNNING) })] }),
    ).toBe('fetching jars and plugins')
    expect(preparing({ deployment: deploymentOf({}, {}), now: nowAt(40) })).toMatch(
      /^the Flink operator has not looked at/,
    )
  })

  test('what the operator finds invalid fails it; what it tries again is told', () => {
    const error = (type: string): string =>
      JSON.stringify({ type: `x.${type}`, message: 'no such thing', throwableList: [] })
    expect(observe({ deployment: deploymentOf({}, { error: error('ValidationException') }) })).toMatchObject({
      phase: 'FAILED',
      failure: { code: 'INVALID_SPEC', message: 'the Flink operator says: no such thing', retryable: false },
    })
    expect(preparing({ deployment: deploymentOf({}, { error: error('DeploymentFailedException') }) })).toBe(
      'the Flink operator says: no such thing',
    )
  })

  test("files that can't be had fail it at once (code 2) or after some tries, with the program's words", () => {
    const pods = (code: number, restartCount: number) => {
      const files = filesOf(waiting('CrashLoopBackOff'), {
        restartCount,
        lastState: terminated(code, { message: 'https://host/a.jar: 404\n' }),
      })
      return [jobManager({ main: mainOf(waiting('PodInitializing')), files })]
    }
    expect(observe({ pods: pods(2, 0) })).toMatchObject({
      phase: 'FAILED',
      failure: { code: 'FILE_UNAVAILABLE', message: 'https://host/a.jar: 404', retryable: false },
    })
    expect(preparing({ pods: pods(3, 3) })).toBe('https://host/a.jar: 404; it is tried again')
    expect(observe({ pods: pods(3, 4) })).toMatchObject({
      phase: 'FAILED',
      failure: { code: 'FILE_UNAVAILABLE', retryable: true },
    })
    const silent = jobManager({ files: filesOf(terminated(2, { reason: 'OOMKilled' })) })
    expect(observe({ pods: [silent] }).detail).toBe(
      'the container that fetches jars and plugins was killed for using more memory than its limit (OOMKilled)',
    )
    expect(preparing({ pods: [jobManager({ files: filesOf(terminated(0)) })] })).toBe("starting the JobManager's pod")
  })

  test("an image that can't be pulled is given two minutes; a name that is none, nothing", () => {
    const pods = [jobManager({ main: mainOf(waiting('ImagePullBackOff')) })]
    expect(preparing({ pods, now: nowAt(121) })).toMatch(
      /^the image flink:1\.18\.1 can't be pulled \(ImagePullBackOff\)/,
    )
    expect(observe({ pods, now: nowAt(122) })).toMatchObject({
      phase: 'FAILED',
      failure: { code: 'FLINK_UNAVAILABLE', retryable: true },
    })
    expect(observe({ pods: [jobManager({ main: mainOf(waiting('InvalidImageName')) })] })).toMatchObject({
      phase: 'FAILED',
      failure: { code: 'FLINK_UNAVAILABLE', retryable: false },
    })
  })

  test('a JobManager that ends before Flink has answered has failed, with its last words', () => {
    for (const main of [
      mainOf(terminated(1)),
      mainOf(waiting('CrashLoopBackOff'), { restartCount: 1, lastState: terminated(1) }),
      mainOf(RUNNING, { restartCount: 1, lastState: terminated(1) }),
    ]) {
      for (const recovers of [false, true]) {
        expect(
          observe({
            launch: launchOf({ incarnation: 'jm-1/0' }),
            recovers,
            pods: [jobManager({ main })],
            lastWords: 'No such key',
          }),
        ).toMatchObject({
          phase: 'FAILED',
          failure: {
            code: 'FLINK_START_FAILED',
            message: 'the JobManager exited with code 1 while it started: No such key. See its log: weir session logs',
            retryable: false,
          },
        })
      }
    }
  })

  test('a pod that was evicted before is waited out: Kubernetes makes another', () => {
    const evicted = jobManager({
      uid: 'jm-0',
      main: mainOf(terminated(137)),
      status: { phase: 'Failed', reason: 'Evicted' },
    })
    expect(preparing({ pods: [evicted] })).toBe("waiting for the JobManager's pod")
    expect(observe({ pods: [evicted, up] }).phase).toBe('UP')
  })
})

describe("once Flink has answered, the end of the JobManager's life is the cluster's", () => {
  test.each<[how: string, change: Partial<ClusterObjects>, reason: string]>([
    [
      'its container ended',
      { pods: [jobManager({ main: mainOf(terminated(137, { reason: 'OOMKilled' })) })] },
      'was killed for using more memory than its limit (OOMKilled)',
    ],
    [
      'it was started again',
      {
        pods: [
          jobManager({
            main: mainOf(RUNNING, { restartCount: 1, lastState: terminated(137, { reason: 'OOMKilled' }) }),
          }),
        ],
      },
      'was killed for using more memory than its limit (OOMKilled)',
    ],
    [
      'it waits to be started again',
      { pods: [jobManager({ main: mainOf(waiting('CrashLoopBackOff'), { lastState: terminated(1) }) })] },
      'exited with code 1',
    ],
    ['its pod is gone', { pods: [] }, 'was lost: its pod is gone'],
    [
      'its pod is being deleted',
      { pods: [jobManager({ main: mainOf(RUNNING), metadata: { ...up.metadata, deletionTimestamp: timeAt(9) } })] },
      'was lost: its pod is gone',
    ],
    [
      'another pod runs',
      { pods: [jobManager({ uid: 'jm-2', main: mainOf(RUNNING) })] },
      'was lost: its pod was replaced',
    ],
    [
      'another pod waits for a node',
      { pods: [jobManager({ uid: 'jm-2', status: NOT_SCHEDULED })] },
      'was lost: its pod was replaced',
    ],
    [
      'it was evicted',
      {
        pods: [jobManager({ uid: 'jm-2' })],
        exits: [exitOf({ exit: { reason: 'failed (Evicted)' }, message: 'The node was low on resource: memory.' })],
      },
      'failed (Evicted)',
    ],
  ])('%s', (_how, change, reason) => {
    const observation = observe({ launch: REACHED, ...change })
    expect(observation).toMatchObject({
      phase: 'ENDED',
      incarnation: 'jm-1/0',
      detail: `the JobManager ${reason}`,
      taskManagers: [],
    })
    expect(observation.exits).toMatchObject([{ id: 'jm-1/0', exit: { reason }, requested: false }])
  })

  test('its end is told once, at its time, with its last words', () => {
    const pods = [jobManager({ main: mainOf(terminated(1)) })]
    expect(observe({ launch: REACHED, pods, exits: [exitOf()], lastWords: 'java.lang.Error' }).exits).toEqual([
      { ...exitOf(), message: 'java.lang.Error' },
    ])
    const [reported] = observe({
      launch: REACHED,
      pods: [],
      exits: [exitOf({ message: 'The node was low on resource: memory.' })],
    }).exits
    expect(reported?.message).toBe('The node was low on resource: memory.')
  })

  test('what its TaskManagers were is still told', () => {
    const other = exitOf({ id: 'tm-1/0', role: 'taskmanager', ordinal: 1 })
    expect(observe({ launch: REACHED, exits: [other] }).exits.map(({ id }) => id)).toEqual(['tm-1/0', 'jm-1/0'])
  })
})

describe("with Flink's own high availability a new life goes on with the cluster", () => {
  test('between two lives it is up, without one that could be asked, and says what is in the way', () => {
    const between = (pods: ClusterObjects['pods'], more: Partial<ClusterObjects> = {}) =>
      observe({ launch: REACHED, recovers: true, pods, ...more })
    const tm = taskManager(1, { main: mainOf(RUNNING) })
    for (const pods of [
      [],
      [jobManager({ main: mainOf(terminated(137)) })],
      [jobManager({ uid: 'jm-2' })],
      [jobManager({ uid: 'jm-2', main: mainOf(waiting('ContainerCreating')) })],
    ]) {
      const observation = between([...pods, tm])
      expect(observation).toMatchObject({
        phase: 'UP',
        recovers: true,
        detail: 'the JobManager is being replaced; Flink brings its jobs back',
      })
      expect(observation.incarnation).not.toBe('jm-1/0')
      expect(observation.taskManagers).toEqual([{ id: tm.metadata.name, ordinal: 1 }])
    }
    expect(between([jobManager({ uid: 'jm-2', status: NOT_SCHEDULED })]).detail).toMatch(
      /It can't yet: no node can take its pod: .*Insufficient cpu/,
    )
    const crashing = jobManager({
      main: mainOf(waiting('CrashLoopBackOff'), { restartCount: 4, lastState: terminated(1) }),
    })
    expect(between([crashing], { lastWords: 'java.lang.Error' }).detail).toMatch(
      /It can't yet: it exited with code 1, again and again \(CrashLoopBackOff\): java\.lang\.Error$/,
    )
  })

  test('a JobManager that keeps ending is given up, so that a new cluster is tried', () => {
    const held = (restartCount: number) =>
      jobManager({ main: mainOf(waiting('CrashLoopBackOff'), { restartCount, lastState: terminated(239) }) })
    expect(observe({ launch: REACHED, recovers: true, pods: [held(4)] }).phase).toBe('UP')
    expect(observe({ launch: REACHED, recovers: true, pods: [held(5)] })).toMatchObject({
      phase: 'ENDED',
      detail: 'the JobManager keeps ending: it last exited with code 239',
    })
  })

  test('the next life has an incarnation of its own', () => {
    const incarnations = [
      jobManager({ main: mainOf(RUNNING) }),
      jobManager({ main: mainOf(RUNNING, { restartCount: 1 }) }),
      jobManager({ uid: 'jm-2', main: mainOf(RUNNING) }),
    ].map((pod) => {
      const observation = observe({ launch: REACHED, recovers: true, pods: [pod] })
      expect(observation).toMatchObject({ phase: 'UP', recovers: true })
      return observation.incarnation
    })
    expect(incarnations).toEqual(['jm-1/0', 'jm-1/1', 'jm-2/0'])
  })
})

describe('while it is up', () => {
  test('it has its incarnation, the TaskManagers that run, in order, and all exits', () => {
    const pods = [
      taskManager(2, { main: mainOf(RUNNING) }),
      up,
      taskManager(1, { main: mainOf(RUNNING) }),
      taskManager(3, { main: mainOf(waiting('ContainerCreating')) }),
      taskManager(4, { main: mainOf(RUNNING), metadata: { ...taskManager(4).metadata, deletionTimestamp: timeAt(9) } }),
    ]
    const exits = [exitOf({ id: 'tm-1/0', role: 'taskmanager', ordinal: 5 })]
    expect(observe({ pods, exits })).toEqual({
      phase: 'UP',
      detail: 'the JobManager runs',
      incarnation: 'jm-1/0',
      exits,
      taskManagers: [
        { id: 'weir-session-1-taskmanager-1-1', ordinal: 1 },
        { id: 'weir-session-1-taskmanager-1-2', ordinal: 2 },
      ],
    })
  })

  test('of two pods of JobManagers the one that stays counts', () => {
    const old = jobManager({
      uid: 'jm-0',
      createdAt: 0,
      main: mainOf(RUNNING),
      metadata: { ...up.metadata, uid: 'jm-0', deletionTimestamp: timeAt(9) },
    })
    expect(observe({ pods: [up, old] }).incarnation).toBe('jm-1/0')
    expect(observe({ pods: [jobManager({ uid: 'jm-2', createdAt: 5, main: mainOf(RUNNING) }), up] }).incarnation).toBe(
      'jm-2/0',
    )
  })

  test("TaskManagers that can't start are told with the reason", () => {
    const shortage = (options: Parameters<typeof taskManager>[1]) =>
      observe({ pods: [up, taskManager(7, options)] }).shortage
    expect(shortage({ status: NOT_SCHEDULED })).toMatch(
      /^TaskManager 7 can't start: no node can take its pod: .*Insufficient cpu/,
    )
    expect(shortage({ main: mainOf(waiting('ErrImagePull')) })).toMatch(
      /^TaskManager 7 can't start: the image flink:1\.18\.1 can't be pulled/,
    )
    expect(
      shortage({ files: filesOf(waiting('CrashLoopBackOff'), { lastState: terminated(3, { message: 'no host\n' }) }) }),
    ).toBe("TaskManager 7 can't start: no host")
    expect(shortage({ main: mainOf(waiting('ContainerCreating')) })).toBeUndefined()
    expect(shortage({ main: mainOf(RUNNING) })).toBeUndefined()
  })
})
