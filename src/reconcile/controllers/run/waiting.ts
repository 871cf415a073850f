/**
 * Runs that wait for others' main()s. As a rule main()s of one host run side by side, a few beginning at a time;
 * one that may have ended its JobManager runs alone: docs/decisions/attempts-and-blame.md.
 */
import { BEGINNING_AT_ONCE } from '../../../domain/cluster.ts'
import type { AnyResource, ClusterResource, RunResource } from '../../../domain/resource.ts'
import type { Store } from '../../../store/store.ts'

/** A resource's run, and whose cluster it is on. */
export interface Run {
  resource: RunResource
  host: Pick<ClusterResource, 'kind' | 'id'>
}

interface WaitingOptions {
  store: Pick<Store, 'attempts'>
  wake(resource: Pick<AnyResource, 'kind' | 'id'>): void
  wakeSoon(resource: Pick<AnyResource, 'kind' | 'id'>): void
}

export function createWaiting({ store, wake, wakeSoon }: WaitingOptions) {
  const waiting = new Map<string, Run & { alone: boolean }>()
  const besides = ({ resource, host }: Run): (Run & { alone: boolean })[] =>
    [...waiting.values()].filter((other) => other.host.id === host.id && other.resource.id !== resource.id)
  /** One is enough: where it may begin, it wakes the next. Whoever is woken in vain waits on. */
  const wakeNext = (run: Run): void => {
    const [oldest] = besides(run).sort((a, b) => a.resource.createdAt.localeCompare(b.resource.createdAt))
    if (!oldest) return
    waiting.delete(oldest.resource.id)
    wake(oldest.resource)
  }
  return {
    /** See Submissions. Whoever lets others go before one that waits to be alone would keep that waiting for ever. */
    async blockedBy(run: Run, alone: boolean): Promise<string | undefined> {
      const others = (await store.attempts.submitting(run.host.id)).filter(({ job }) => job !== run.resource.id)
      const beginning = others.filter(({ begins }) => begins)
      const other = alone ? others[0] : (others.find((one) => one.alone) ?? beginning.at(-BEGINNING_AT_ONCE))
      const name = other?.name ?? (alone ? undefined : besides(run).find((one) => one.alone)?.resource.name)
      if (name !== undefined) waiting.set(run.resource.id, { ...run, alone })
      else waiting.delete(run.resource.id)
      return name
    },
    /** Its attempt is recorded: there may be room for one more. */
    begun: wakeNext,
    forget: (job: string) => void waiting.delete(job),
    /** A main() is over: of those that wait the one that has waited longest is woken. */
    over(run: Run) {
      wake(run.resource)
      wakeSoon(run.host)
      wakeNext(run)
    },
  }
}
