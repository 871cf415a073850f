import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTerminal, jobWord, slotsNeeded } from './state.ts'

const FLINK_STATES = [
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
]
const SUBTASK_STATES = [
  'CREATED',
  'SCHEDULED',
  'DEPLOYING',
  'INITIALIZING',
  'RUNNING',
  'FINISHED',
  'CANCELING',
  'CANCELED',
  'FAILED',
  'RECONCILING',
]
const subtasks = fc.dictionary(fc.constantFrom(...SUBTASK_STATES), fc.integer({ min: 1, max: 9 }))

describe('the word for a job', () => {
  test('a streaming job is RUNNING when every subtask is, and no earlier', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FLINK_STATES), subtasks, fc.boolean(), (flinkState, tasks, lower) => {
        const given = Object.fromEntries(
          Object.entries(tasks).map(([state, n]) => [lower ? state.toLowerCase() : state, n]),
        )
        const all =
          Object.keys(tasks).length > 0 &&
          Object.keys(tasks).every((state) => state === 'RUNNING' || state === 'FINISHED')
        expect(jobWord({ flinkState, tasks: { ...given, total: 99 } }).state === 'RUNNING').toBe(
          flinkState === 'RUNNING' && all,
        )
      }),
    )
  })

  test('a batch job runs while its later stages wait', () => {
    expect(jobWord({ flinkState: 'RUNNING', jobType: 'BATCH', tasks: { RUNNING: 1, CREATED: 3 } }).state).toBe(
      'RUNNING',
    )
    expect(jobWord({ flinkState: 'RESTARTING', jobType: 'BATCH', tasks: { CREATED: 4 } }).state).toBe('PENDING')
  })

  test('what has ended stays ended when the JobManager goes; what has not is PENDING', () => {
    for (const flinkState of FLINK_STATES) {
      const tasks = { RUNNING: 2 }
      const lost = jobWord({ flinkState, tasks, jobManagerLost: true }).state
      expect(lost).toBe(isTerminal(flinkState) ? jobWord({ flinkState, tasks }).state : 'PENDING')
    }
  })

  test('only the three ends are ends, and a word that is not known is none', () => {
    const ended = FLINK_STATES.filter(
      (flinkState) => !['PENDING', 'RUNNING'].includes(jobWord({ flinkState, tasks: {} }).state),
    )
    expect(ended.sort()).toEqual(['CANCELED', 'FAILED', 'FINISHED'])
    expect(jobWord({ flinkState: 'SHINY_NEW', tasks: {} })).toEqual({
      state: 'PENDING',
      detail: 'Flink says SHINY_NEW',
    })
  })

  test('how many subtasks are still awaited is told', () => {
    expect(jobWord({ flinkState: 'RUNNING', tasks: { running: 3, scheduled: 1 } }).detail).toBe('3 of 4 subtasks run')
  })
})

describe('slots that a job needs', () => {
  const vertex = fc.record({
    parallelism: fc.integer({ min: 1, max: 50 }),
    status: fc.constantFrom('CREATED', 'RUNNING'),
    slotSharingGroup: fc.constantFrom('default', 'a', 'b'),
  })

  test('at least the widest vertex, at most all of them, whatever their order', () => {
    fc.assert(
      fc.property(fc.array(vertex), (vertices) => {
        const widths = vertices.map(({ parallelism }) => parallelism)
        const slots = slotsNeeded(vertices)
        expect(slots).toBeGreaterThanOrEqual(Math.max(0, ...widths))
        expect(slots).toBeLessThanOrEqual(widths.reduce((a, b) => a + b, 0))
        expect(slotsNeeded(vertices.toReversed())).toBe(slots)
      }),
    )
  })

  test('groups add up, vertices of one group share, ended ones need none', () => {
    const at = (parallelism: number, slotSharingGroup: string, status = 'RUNNING') => ({
      parallelism,
      slotSharingGroup,
      status,
    })
    expect(slotsNeeded([at(2, 'a'), at(4, 'a'), at(3, 'b'), at(9, 'c', 'FINISHED')])).toBe(7)
    expect(
      slotsNeeded([
        { parallelism: 2, status: 'CREATED' },
        { parallelism: 4, status: 'CREATED' },
      ]),
    ).toBe(4)
    expect(slotsNeeded([{ parallelism: -1, status: 'CREATED' }])).toBe(1)
  })
})
