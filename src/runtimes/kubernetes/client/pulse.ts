/**
 * The heartbeat of a connection, shared by all that mirror something over it. A watch that hangs looks like one on
 * which nothing happens, and bookmarks come about once a minute; so where nothing at all came for a while, the API
 * server is asked for the least that it can give. The question goes through to etcd, and wants no right beyond those of
 * a mirror.
 */
import type { Clock } from '../../../domain/clock.ts'
import type { KubeApi } from './api.ts'
import { KubeUnreachable } from './errors.ts'

export interface Pulse {
  /** Why the last question had no answer. */
  readonly trouble: KubeUnreachable | undefined
  /** The answer ends the membership. */
  join(member: PulseMember): () => void
}

export interface PulseMember {
  /** A collection that it may list. */
  path: string
  /** Called when trouble comes and when it goes. */
  changed(trouble: KubeUnreachable | undefined): void
}

const BEAT_MS = 10_000
const BEAT_IN_TROUBLE_MS = 3000

const pulses = new WeakMap<KubeApi, Pulse>()

/** The one of this API. */
export function pulseOf(api: KubeApi, clock: Clock): Pulse {
  const known = pulses.get(api)
  if (known) return known
  const pulse = createPulse(api, clock)
  pulses.set(api, pulse)
  return pulse
}

function createPulse(api: KubeApi, clock: Clock): Pulse {
  const members = new Set<PulseMember>()
  let trouble: KubeUnreachable | undefined
  let asking = false
  let cancel: (() => void) | undefined

  const set = (next: KubeUnreachable | undefined): void => {
    const turned = (next === undefined) !== (trouble === undefined)
    trouble = next
    if (turned) for (const member of [...members]) member.changed(next)
  }

  const wait = (ms: number): void => {
    cancel = clock.after(ms, () => {
      void beat()
    })
  }

  const beat = async (): Promise<void> => {
    cancel = undefined
    const [member] = members
    if (!member) return
    const quiet = clock.now() - (api.heardAt ?? 0)
    if (!trouble && quiet < BEAT_MS) {
      wait(BEAT_MS - quiet)
      return
    }
    asking = true
    const answer = await api.ping(member.path).then(
      () => undefined,
      (error: unknown) => error,
    )
    asking = false
    if (members.size === 0) {
      trouble = undefined
      return
    }
    set(
      answer === undefined
        ? undefined
        : answer instanceof KubeUnreachable
          ? answer
          : new KubeUnreachable(String(answer)),
    )
    wait(trouble ? BEAT_IN_TROUBLE_MS : BEAT_MS)
  }

  return {
    get trouble() {
      return trouble
    },
    join(member) {
      members.add(member)
      if (!cancel && !asking) wait(BEAT_MS)
      return () => {
        members.delete(member)
        if (members.size > 0 || asking) return
        cancel?.()
        cancel = undefined
        trouble = undefined
      }
    },
  }
}
