/**
 * What is there only once the server has started, for those who have to hold it before: the HTTP side, which listens
 * while the server still waits for its database.
 */
import { StoreError } from '../store/errors.ts'

export interface Late<T extends object> {
  /**
   * Stands for the real one, its groups of functions included, also where they were taken out of it early. Until that
   * is bound each function answers with what a store that can't be reached says.
   */
  readonly value: T
  bind(real: T): void
  unbind(): void
}

type Path = readonly string[]

export function late<T extends object>(): Late<T> {
  let bound: T | undefined
  const at = (path: Path, from: object): unknown =>
    path.reduce<unknown>((owner, key) => Reflect.get(owner as object, key), from)
  const call = (path: Path, args: unknown[]): unknown => {
    if (!bound) return Promise.reject(new StoreError('UNAVAILABLE', 'The server is still starting.'))
    const owner = at(path.slice(0, -1), bound)
    return Reflect.apply(at(path, bound) as () => unknown, owner, args)
  }
  const standIn = (path: Path): unknown =>
    new Proxy(() => {}, {
      apply: (_target, _this, args) => call(path, args),
      get(_target, key) {
        // Nobody may take it for a promise.
        if (typeof key === 'symbol' || key === 'then') return undefined
        const real = bound && at([...path, key], bound)
        return typeof real === 'function' || typeof real === 'object' || !bound ? standIn([...path, key]) : real
      },
    })
  return {
    value: standIn([]) as T,
    bind(real) {
      bound = real
    },
    unbind() {
      bound = undefined
    },
  }
}
