/**
 * Which action each state allows: one table, by which the API guards, the CLI explains and a console disables its
 * buttons. An action that is not allowed comes with the reason in words.
 */

import type { State } from './status.ts'
import { STATES } from './status.ts'

interface Rule {
  states: readonly State[]
  /** Follows "cannot ...: ". */
  otherwise: string
}

const UNLESS_DELETING = STATES.filter((state) => state !== 'DELETING')

export const ACTIONS = {
  'session.update': { states: UNLESS_DELETING, otherwise: 'it is being deleted' },
  // Deleting again is allowed, so that `cascade` and `force` can be added to a deletion that waits.
  'session.delete': { states: STATES, otherwise: '' },
  'session.submitJob': {
    states: UNLESS_DELETING,
    otherwise: 'it is being deleted, so a new job would be lost with it',
  },
  'job.update': { states: UNLESS_DELETING, otherwise: 'it is being deleted' },
  'job.delete': { states: STATES, otherwise: '' },
} as const satisfies Record<string, Rule>

export type Action = keyof typeof ACTIONS

export type Verdict = { allowed: true } | { allowed: false; reason: string }

export function can(action: Action, state: State): Verdict {
  const rule: Rule = ACTIONS[action]
  return rule.states.includes(state) ? { allowed: true } : { allowed: false, reason: rule.otherwise }
}
