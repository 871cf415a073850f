/**
 * What only several observations in a row can tell, by resource. It is this server's own: after a restart it begins
 * anew, which costs time and loses nothing.
 */
export interface Tracking<Tracked> {
  /** Begins where nothing is tracked yet. */
  of(id: string): Tracked
  /** Undefined where nothing is tracked. */
  known(id: string): Tracked | undefined
  forget(id: string): void
}

/** Keeps what `begin` makes for each resource until that is forgotten. */
export function createTracking<Tracked>(begin: () => Tracked): Tracking<Tracked> {
  const kept = new Map<string, Tracked>()
  return {
    of(id) {
      const tracked = kept.get(id) ?? begin()
      kept.set(id, tracked)
      return tracked
    },
    known: (id) => kept.get(id),
    forget: (id) => void kept.delete(id),
  }
}
