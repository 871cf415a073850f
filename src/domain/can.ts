/**
 * Which action each state allows: one table, by which the API guards, the CLI explains and a console disables its
 * buttons. An action that is not allowed comes with the reason in words.
 */

import type { Kind } from './kinds.ts'
import type { State } from './status.ts'
import { STATES } from './status.ts'

interface Rule {
  states: readonly State[]
  /** Follows "cannot ...: ". */
  otherwise: string
}

const UNLESS_DELETING: Rule = {
  states: STATES.filter((state) => state !== 'DELETING'),
  otherwise: 'it is being deleted',
}
// Deleting again is allowed, so that `cascade` and `force` can be added to a deletion that waits.
const ALWAYS: Rule = { states: STATES, otherwise: '' }
const NEVER: Rule = { states: [], otherwise: 'it runs a job of its own and takes no other' }

export const ACTIONS = {
  session: {
    update: UNLESS_DELETING,
    delete: ALWAYS,
    submitJob: { ...UNLESS_DELETING, otherwise: 'it is being deleted, so a new job would be lost with it' },
  },
  job: { update: UNLESS_DELETING, delete: ALWAYS, submitJob: NEVER },
  application: { update: UNLESS_DELETING, delete: ALWAYS, submitJob: NEVER },
} as const satisfies Record<Kind, Record<string, Rule>>

export type Action = keyof (typeof ACTIONS)[Kind]

export type Verdict = { allowed: true } | { allowed: false; reason: string }

export function can(kind: Kind, action: Action, state: State): Verdict {
  const rule = ACTIONS[kind][action]
  return rule.states.includes(state) ? { allowed: true } : { allowed: false, reason: rule.otherwise }
}
