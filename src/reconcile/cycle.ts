/**
 * One reconcile cycle: the only order in which anything is looked at, written down and done.
 *
 * A process may be killed between any two lines of it. What was seen is written before it is planned from, what is
 * intended before it is done, and everything that is done may be done again: so nothing is lost and nothing doubled.
 * `docs/concepts/controller-flow.md` tells the same for people.
 */

/** The named moments of a cycle; a test kills the server at each of them. */
export type Step = 'loaded' | 'observed' | 'persisted' | 'validated' | 'planned' | 'intended' | 'acted' | 'settled'

export interface Controller<Loaded, Seen, Action, Intended> {
  /** Desired state and last status; undefined when there is nothing (left) to look after. */
  load(id: string): Promise<Loaded | undefined>
  /** Looks at the world, with what is running, and changes nothing. */
  observe(loaded: Loaded): Promise<Seen>
  /** Writes down what was seen; answers what is loaded with that applied. */
  persist(loaded: Loaded, seen: Seen): Promise<Loaded>
  /** A wish that can't be carried out ends here, with the reason on the resource; false stops the cycle. */
  validate(loaded: Loaded, seen: Seen): Promise<boolean>
  /** Pure. */
  plan(loaded: Loaded, seen: Seen): { actions: Action[]; again: number }
  /** Records what is about to be done; undefined when it turns out not to be wanted any more. */
  intend(loaded: Loaded, action: Action, seen: Seen): Promise<Intended | undefined>
  /** Starts it, in a way that may be repeated, and does not wait for Flink. Answers what is to be written down of it. */
  act(loaded: Loaded, intended: Intended, seen: Seen): Promise<(() => Promise<void>) | undefined>
}

export async function cycle<Loaded, Seen, Action extends { type: string }, Intended>(
  controller: Controller<Loaded, Seen, Action, Intended>,
  id: string,
  passed: (step: Step, action?: string) => void,
): Promise<{ again: number } | undefined> {
  const asked = await controller.load(id)
  if (asked === undefined) return undefined
  passed('loaded')
  const seen = await controller.observe(asked)
  passed('observed')
  const loaded = await controller.persist(asked, seen)
  passed('persisted')
  if (!(await controller.validate(loaded, seen))) return { again: Infinity }
  passed('validated')
  const { actions, again } = controller.plan(loaded, seen)
  passed('planned')
  for (const action of actions) {
    const intended = await controller.intend(loaded, action, seen)
    if (intended === undefined) continue
    passed('intended', action.type)
    const outcome = await controller.act(loaded, intended, seen)
    passed('acted', action.type)
    await outcome?.()
    passed('settled', action.type)
  }
  return { again }
}
