/** A controller's actions as a table: each stands in one row, which says what is recorded of it and how it is done. */
import type { Plan, Settle } from '../cycle.ts'

interface ActionRow<Turn, Action, Intended> {
  /** Records what is about to be done; undefined when it turns out not to be wanted any more. */
  intend(turn: Turn, action: Action): Promise<Intended | undefined>
  /** Starts it, in a way that may be repeated. Answers what is to be written down of it. */
  act(turn: Turn, action: Action, intended: Intended): Promise<Settle | undefined>
}

/** A row for each action that a plan may hold: a new one does not compile without its row. */
export type ActionTable<Turn, Action extends { type: string }, Intended> = {
  [T in Action['type']]: ActionRow<Turn, Extract<Action, { type: T }>, Intended>
}

export const FINISH_DELETION = 'FINISH_DELETION'

/** In a deletion: nothing but the last clean-up is left to do. */
export const finishes = ({ actions }: Plan<{ type: string }>): boolean =>
  actions.some(({ type }) => type === FINISH_DELETION)

export type Act = () => Promise<Settle | undefined>

/** An action of whichever controller, ready to be intended. */
export interface DueAction {
  type: string
  /** Records it; answers how it is done, or undefined when it is not wanted any more. */
  intend(): Promise<Act | undefined>
}

/** A planned action with its row of the table. */
export function due<Turn, Action extends { type: string }, Intended>(
  table: ActionTable<Turn, Action, Intended>,
  turn: Turn,
  action: Action,
): DueAction {
  const row = table[action.type as Action['type']] as ActionRow<Turn, Action, Intended>
  return {
    type: action.type,
    async intend() {
      const intended = await row.intend(turn, action)
      return intended && (() => row.act(turn, action, intended))
    },
  }
}
