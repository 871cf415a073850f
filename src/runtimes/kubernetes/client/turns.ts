/** Work that is done one at a time, where whoever asks wants what is begun after the asking. */

/** Those who ask while one is under way share the next one, begun with their wishes `joined`. */
export function inTurns<W>(
  work: (wish: W) => Promise<void>,
  joined: (one: W, other: W) => W,
): (wish: W) => Promise<void> {
  let current: Promise<void> = Promise.resolve()
  let next: { wish: W; done: Promise<void> } | undefined
  return (wish) => {
    if (next) {
      next.wish = joined(next.wish, wish)
      return next.done
    }
    const mine = { wish, done: Promise.resolve() }
    mine.done = current
      .catch(() => {})
      .then(() => {
        next = undefined
        return (current = work(mine.wish))
      })
    next = mine
    return mine.done
  }
}
