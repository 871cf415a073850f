import { expect, test } from 'vitest'
import type { Action } from './can.ts'
import { ACTIONS, can } from './can.ts'
import { ALL_KINDS } from './kinds.ts'
import { STATES } from './status.ts'

const actions = ALL_KINDS.flatMap((kind) =>
  (Object.keys(ACTIONS[kind]) as Action[]).map((action) => ({ kind, action, named: `${kind} ${action}` })),
)

test('where an action is not allowed there is a reason', () => {
  for (const { kind, action } of actions) {
    const verdicts = STATES.map((state) => can(kind, action, state))
    for (const verdict of verdicts) if (!verdict.allowed) expect(verdict.reason).toMatch(/^\w.*[^.]$/)
  }
})

test('every action is allowed in some state, but that a job or an application never takes a job', () => {
  const never = actions.filter(({ kind, action }) => !STATES.some((state) => can(kind, action, state).allowed))
  expect(never.map(({ named }) => named)).toEqual(['job submitJob', 'application submitJob'])
})

test('what is being deleted can only be deleted again', () => {
  const allowed = actions.filter(({ kind, action }) => can(kind, action, 'DELETING').allowed)
  expect(allowed.map(({ named }) => named)).toEqual(['session delete', 'job delete', 'application delete'])
})

test('a failed session still takes jobs, which wait until it gets on', () => {
  expect(can('session', 'submitJob', 'FAILED')).toEqual({ allowed: true })
})
