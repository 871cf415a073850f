/**
 * On which Flink a guarantee is shown that several versions could break, each in its own way: in `npm test` on the one
 * where it is hardest to keep, in `npm run test:matrix` on the others too. Such tests are in files named
 * `*.versions.test.ts`.
 */
import { inject } from 'vitest'
import type { FlinkRuntime } from '../../src/domain/spec.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the matrix: the runtimes that were asked for by name, or none; undefined elsewhere. */
    matrix: readonly FlinkRuntime[] | undefined
  }
}

/** Who names runtimes gets those, so that a new Flink version is tried with everything. */
export function runtimesOf(hardest: FlinkRuntime, ...others: FlinkRuntime[]): readonly FlinkRuntime[] {
  const named = inject('matrix')
  if (named === undefined) return [hardest]
  return named.length > 0 ? named : [hardest, ...others]
}
