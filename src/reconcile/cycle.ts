/**
 * One reconcile cycle: the only order in which anything is observed, written down and done.
 *
 * A process may be killed between any two lines of it. What was observed is written before it is planned from, what is
 * intended before it is done, and everything that is done may be done again: so nothing is lost and nothing doubled.
 * `docs/concepts/controller-flow.md` tells the same for people.
 */

/** The named moments of a cycle; a test kills the server at each of them. */
export type Step = 'loaded' | 'observed' | 'persisted' | 'validated' | 'planned' | 'intended' | 'acted' | 'settled'

/** What is written down once something has been done. */
export type Settle = () => Promise<void>

export interface Plan<Action> {
  actions: Action[]
  /** When to observe again, in milliseconds, if nothing happens before. */
  again: number
  /**
   * For how long, in milliseconds, an observation that finds the same needs no cycle. Absent where the next one is due
   * whatever is found.
   */
  settledFor?: number
}

export interface Controller<Loaded, Observed, Known, Action, Intended> {
  /** Desired state and last status; undefined when there is nothing (left) to look after. */
  load(id: string): Promise<Loaded | undefined>
  /** Observes the world, with what is running, and changes nothing. */
  observe(loaded: Loaded): Promise<Observed>
  /** Writes down what was observed; answers all that is known now, which everything after this goes by. */
  persist(loaded: Loaded, observed: Observed): Promise<Known>
  /** A wish that can't be carried out ends here, with the reason on the resource; false stops the cycle. */
  validate(known: Known): Promise<boolean>
  /** Pure. */
  plan(known: Known): Plan<Action>
  /** Records what is about to be done; undefined when it turns out not to be wanted any more. */
  intend(known: Known, action: Action): Promise<Intended | undefined>
  /**
   * Starts it, in a way that may be repeated, and does not wait for Flink. Answers what is to be written down of it.
   */
  act(known: Known, action: Action, intended: Intended): Promise<Settle | undefined>
  /**
   * Nothing was due, nor is it while the same is observed: that is done without a cycle from now on. Answers when the
   * next cycle is due all the same, in milliseconds.
   */
  rest?(known: Known, plan: { again: number; settledFor: number }): number
}

export async function cycle<Loaded, Observed, Known, Action extends { type: string }, Intended>(
  controller: Controller<Loaded, Observed, Known, Action, Intended>,
  id: string,
  passed: (step: Step, action?: string) => void,
): Promise<{ again: number } | undefined> {
  const loaded = await controller.load(id)
  if (loaded === undefined) return undefined
  passed('loaded')
  const observed = await controller.observe(loaded)
  passed('observed')
  const known = await controller.persist(loaded, observed)
  passed('persisted')
  if (!(await controller.validate(known))) return { again: Infinity }
  passed('validated')
  const { actions, again, settledFor } = controller.plan(known)
  passed('planned')
  if (actions.length === 0 && settledFor !== undefined && controller.rest)
    return { again: controller.rest(known, { again, settledFor }) }
  for (const action of actions) {
    const intended = await controller.intend(known, action)
    if (intended === undefined) continue
    passed('intended', action.type)
    const settle = await controller.act(known, action, intended)
    passed('acted', action.type)
    await settle?.()
    passed('settled', action.type)
  }
  return { again }
}
