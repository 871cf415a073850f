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
}

export function createWaiting({ store, wake }: WaitingOptions) {
  const waiting = new Map<string, Run & { alone: boolean }>()
  const wakeBoth = ({ resource, host }: Run): void => {
    wake(resource)
    wake(host)
  }
  const besides = ({ resource, host }: Run): (Run & { alone: boolean })[] =>
    [...waiting.values()].filter((other) => other.host.id === host.id && other.resource.id !== resource.id)
  return {
    /** See Submissions. Whoever lets others go before one that waits to be alone would keep that waiting for ever. */
    async blockedBy(run: Run, alone: boolean): Promise<string | undefined> {
      const others = (await store.attempts.submitting(run.host.id)).filter(({ job }) => job !== run.resource.id)
      const beginning = others.filter(({ begins }) => begins)
      const other = alone ? others[0] : (others.find((one) => one.alone) ?? beginning.at(-BEGINNING_AT_ONCE))
      const name = other?.name ?? (alone ? undefined : besides(run).find((one) => one.alone)?.resource.name)
      if (name === undefined) waiting.delete(run.resource.id)
      else waiting.set(run.resource.id, { ...run, alone })
      return name
    },
    forget: (job: string) => void waiting.delete(job),
    /** A main() is over: those that wait are woken, the oldest first. */
    over(run: Run) {
      wakeBoth(run)
      for (const other of besides(run).sort((a, b) => a.resource.createdAt.localeCompare(b.resource.createdAt))) {
        waiting.delete(other.resource.id)
        wakeBoth(other)
      }
    },
  }
}
