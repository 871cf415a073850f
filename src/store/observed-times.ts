/** When resources were observed the last time, where nothing else of them had to be written. */
export interface ObservedTimes {
  note(ids: readonly string[], at: string): void
  /** The newer of what is known here and what the row says. */
  newest(id: string, stored: string | null): string | null
  forget(id: string): void
}

export function createObservedTimes(): ObservedTimes {
  const times = new Map<string, string>()
  return {
    note(ids, at) {
      for (const id of ids) times.set(id, at)
    },
    newest(id, stored) {
      const known = times.get(id)
      return known !== undefined && (stored === null || known > stored) ? known : stored
    },
    forget: (id) => void times.delete(id),
  }
}
