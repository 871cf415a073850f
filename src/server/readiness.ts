/**
 * What must hold for the server to do its work: named conditions, each of which holds or fails with a reason. They are
 * what /readyz answers. Whoever notices a condition tells it; one that nobody would notice is asked for.
 *
 * `/readyz` answers without a key: a reason says what is wrong in words of its own, and holds no secrets, addresses or
 * paths; those go to the log, together with what a driver said.
 */
import { type Clock, isoTime } from '../domain/clock.ts'

/** The order in which they are shown. */
const CONDITIONS = ['start', 'store', 'reconciler', 'disk'] as const

export type ConditionName = (typeof CONDITIONS)[number]

export interface Condition {
  name: ConditionName
  ok: boolean
  /** Present while it fails: for whoever looks after the server. */
  reason?: string
  /** ISO 8601: since when it holds, or fails. */
  since: string
}

export interface Readiness {
  /** Tells that a condition fails, and why; without a reason, that it holds. It is shown from the first time on. */
  tell(name: ConditionName, reason?: string): void
  /**
   * Has a condition asked for whenever somebody wants to know. `reason` answers why it fails or undefined, and must
   * answer within seconds; one that throws counts as a failing condition.
   */
  ask(name: ConditionName, reason: () => Promise<string | undefined>): void
  /** All conditions, those that are asked for asked now. Callers that come at the same time share one answer. */
  read(): Promise<{ ready: boolean; conditions: Condition[] }>
}

interface Options {
  clock: Clock
  /** Called whenever a condition begins to fail, fails for another reason, or holds again. */
  onChange?(condition: Condition): void
}

export function createReadiness({ clock, onChange = () => {} }: Options): Readiness {
  const known = new Map<ConditionName, Condition>()
  const asked = new Map<ConditionName, () => Promise<string | undefined>>()
  let reading: ReturnType<Readiness['read']> | undefined

  const tell: Readiness['tell'] = (name, reason) => {
    const before = known.get(name)
    if (before && before.reason === reason) return
    const ok = reason === undefined
    const since = before && before.ok === ok ? before.since : isoTime(clock.now())
    const now: Condition = { name, ok, ...(ok ? {} : { reason }), since }
    known.set(name, now)
    if (before || !ok) onChange(now)
  }

  const read = async (): ReturnType<Readiness['read']> => {
    const answers = await Promise.all(
      [...asked].map(async ([name, ask]) => [name, await ask().catch(() => 'could not be found out')] as const),
    )
    for (const [name, reason] of answers) tell(name, reason)
    const conditions = CONDITIONS.flatMap((name) => known.get(name) ?? [])
    return { ready: conditions.every(({ ok }) => ok), conditions }
  }

  return {
    tell,
    ask: (name, reason) => void asked.set(name, reason),
    read() {
      reading ??= read().finally(() => {
        reading = undefined
      })
      return reading
    },
  }
}
