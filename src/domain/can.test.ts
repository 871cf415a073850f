import { expect, test } from 'vitest'
import type { Action } from './can.ts'
import { ACTIONS, can } from './can.ts'
import { STATES } from './status.ts'

const actions = Object.keys(ACTIONS) as Action[]

test('every action is allowed in some state, and where it is not there is a reason', () => {
  for (const action of actions) {
    const verdicts = STATES.map((state) => can(action, state))
    expect(verdicts.some(({ allowed }) => allowed)).toBe(true)
    for (const verdict of verdicts) if (!verdict.allowed) expect(verdict.reason).toMatch(/^\w.*[^.]$/)
  }
})

test('what is being deleted can only be deleted again', () => {
  expect(actions.filter((action) => can(action, 'DELETING').allowed)).toEqual(['session.delete', 'job.delete'])
})

test('a failed session still takes jobs, which wait until it gets on', () => {
  expect(can('session.submitJob', 'FAILED')).toEqual({ allowed: true })
})
