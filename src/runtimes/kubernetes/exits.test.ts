import { expect, test } from 'vitest'
import { manualClock } from '../../../tests/support/clock.ts'
import { createExits, type Exits, howItEnded } from './exits.ts'
import {
  CLUSTER,
  jobManager,
  mainOf,
  nowAt,
  RUNNING,
  taskManager,
  terminated,
  timeAt,
  waiting,
} from './objects.fixture.ts'
import type { Pod } from './objects.ts'

/** Plays the states of a pod one after the other; undefined: it is gone. Answers what was told. */
function play(exits: Exits, ...states: (Pod | undefined)[]) {
  return states.flatMap((state, index) => exits.note(states[index - 1], state) ?? [])
}
const fresh = (): Exits => createExits(manualClock(nowAt(1000)))

test('how a container ended is told in words', () => {
  expect(howItEnded({ exitCode: 137, reason: 'OOMKilled' })).toBe(
    'was killed for using more memory than its limit (OOMKilled)',
  )
  expect(howItEnded({ exitCode: 137, reason: 'Error' })).toBe('was killed by SIGKILL (exit code 137)')
  expect(howItEnded({ exitCode: 143 })).toBe('was stopped by SIGTERM (exit code 143)')
  expect(howItEnded({ exitCode: 139, signal: 11 })).toBe('was killed by signal 11')
  expect(howItEnded({ exitCode: 1 })).toBe('exited with code 1')
})

test('a TaskManager that dies is told once, although its pod is changed and then deleted by Flink', () => {
  const dead = taskManager(3, { main: mainOf(terminated(239)) })
  const deleted = {
    ...dead,
    metadata: { ...dead.metadata, deletionTimestamp: timeAt(70), deletionGracePeriodSeconds: 5 },
  }
  const exits = fresh()
  expect(play(exits, taskManager(3, { main: mainOf(RUNNING) }), dead, dead, deleted, undefined)).toEqual([
    {
      id: 'uid-of-weir-session-1-taskmanager-1-3/0',
      role: 'taskmanager',
      ordinal: 3,
      at: '2026-01-05T08:01:00.000Z',
      exit: { code: 239, reason: 'exited with code 239' },
      requested: false,
      rebooted: false,
    },
  ])
  expect(exits.of(CLUSTER)).toHaveLength(1)
  exits.addMessage('uid-of-weir-session-1-taskmanager-1-3/0', 'OutOfMemoryError')
  expect(exits.of(CLUSTER)[0]).toMatchObject({ message: 'OutOfMemoryError', ordinal: 3 })
  exits.forget(CLUSTER)
  expect(exits.of(CLUSTER)).toEqual([])
})

test('one that Flink lets go ends by request: its pod was deleted first', () => {
  const metadata = { deletionTimestamp: timeAt(55), deletionGracePeriodSeconds: 5 }
  const running = taskManager(1, { main: mainOf(RUNNING), metadata: { ...taskManager(1).metadata, ...metadata } })
  // Deletion was asked for at 50 s; a pod that is deleted may come to the phase Failed, too.
  const ended = { ...running, status: { phase: 'Failed', containerStatuses: [mainOf(terminated(143))] } }
  expect(play(fresh(), running, ended, undefined)).toMatchObject([{ requested: true, exit: { code: 143 } }])
  expect(play(fresh(), running, undefined)).toMatchObject([
    { requested: true, exit: { reason: 'was deleted with its pod' } },
  ])
})

test('within the same second the exit code tells who was first', () => {
  const metadata = { ...taskManager(1).metadata, deletionTimestamp: timeAt(65), deletionGracePeriodSeconds: 5 }
  for (const [code, requested] of [
    [0, true],
    [137, true],
    [143, true],
    [1, false],
    [239, false],
  ] as const) {
    expect(play(fresh(), taskManager(1, { metadata, main: mainOf(terminated(code)) }))).toMatchObject([{ requested }])
  }
})

test('a JobManager that ends with 239 while its pod is deleted was stopped while it started, and is told so', () => {
  const metadata = { ...jobManager().metadata, deletionTimestamp: timeAt(65), deletionGracePeriodSeconds: 5 }
  const main = mainOf(terminated(239))
  const reasons = [jobManager({ metadata, main }), jobManager({ main })].map(
    (pod) => play(fresh(), pod)[0]?.exit.reason,
  )
  expect(reasons).toEqual(['was stopped while it started: its pod was deleted (exit code 239)', 'exited with code 239'])
})

test('a container that ended and then a deletion is a death all the same', () => {
  const metadata = { ...taskManager(1).metadata, deletionTimestamp: timeAt(100), deletionGracePeriodSeconds: 5 }
  expect(play(fresh(), taskManager(1, { metadata, main: mainOf(terminated(143)) }))).toMatchObject([
    { requested: false },
  ])
})

test("an eviction is told once, with its reason, whether the container's end is seen or not", () => {
  const status = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }
  const running = taskManager(1, { main: mainOf(RUNNING) })
  const evicted = taskManager(1, { status })
  const over = taskManager(1, { main: mainOf(terminated(137)), status })
  const reported = {
    requested: false,
    exit: { reason: 'failed (Evicted)' },
    message: 'The node was low on resource: memory.',
  }
  expect(play(fresh(), running, evicted, undefined)).toMatchObject([reported])
  expect(play(fresh(), running, over, undefined)).toMatchObject([
    { ...reported, exit: { ...reported.exit, code: 137 } },
  ])
  expect(
    play(
      fresh(),
      running,
      { ...evicted, status: { ...status, containerStatuses: running.status!.containerStatuses! } },
      over,
    ),
  ).toMatchObject([reported])
  expect(play(fresh(), evicted)).toMatchObject([reported])
})

test('each life of a container that Kubernetes starts again is told once, under the ID of that life', () => {
  const last = (code: number) => ({ lastState: terminated(code) })
  const states = [
    jobManager({ main: mainOf(RUNNING) }),
    jobManager({ main: mainOf(terminated(1)) }),
    jobManager({ main: mainOf(RUNNING, { restartCount: 1, ...last(1) }) }),
    jobManager({ main: mainOf(terminated(2), { restartCount: 1, ...last(1) }) }),
    jobManager({ main: mainOf(waiting('CrashLoopBackOff'), { restartCount: 1, ...last(2) }) }),
    jobManager({ main: mainOf(RUNNING, { restartCount: 2, ...last(2) }) }),
  ]
  const ids = (reported: ReturnType<typeof play>) => reported.map(({ id, exit }) => [id, exit.code])
  expect(ids(play(fresh(), ...states))).toEqual([
    ['jm-1/0', 1],
    ['jm-1/1', 2],
  ])
  // A server that comes late, or to which the watch brought less.
  expect(ids(play(fresh(), states[2]))).toEqual([['jm-1/0', 1]])
  expect(ids(play(fresh(), states[4], states[5]))).toEqual([['jm-1/1', 2]])
  expect(ids(play(fresh(), states[0], states[2], states[4]))).toEqual([
    ['jm-1/0', 1],
    ['jm-1/1', 2],
  ])
  // Deleted while the second life ran: that, too, is an end.
  expect(play(fresh(), states[2], undefined)).toMatchObject([{ id: 'jm-1/0' }, { id: 'jm-1/1', requested: true }])
})

test('pods that start, wait or are none of ours tell of no end', () => {
  const stranger = taskManager(1, {
    main: mainOf(terminated(1)),
    metadata: { ...taskManager(1).metadata, labels: { app: 'their-cluster' } },
  })
  expect(
    play(
      fresh(),
      jobManager(),
      jobManager({ main: mainOf(waiting('ContainerCreating')) }),
      jobManager({ main: mainOf(RUNNING) }),
      stranger,
      undefined,
    ).filter(({ id }) => id !== 'jm-1/0'),
  ).toEqual([])
  expect(play(fresh(), stranger, undefined)).toEqual([])
})
