/** The runtimes that the matrix is run on: all, or those that WEIR_TEST_RUNTIMES names (`FLINK_2_1,FLINK_2_2`). */
import { FLINK_RUNTIMES, type FlinkRuntime } from '../../src/domain/spec.ts'

export function matrixRuntimes(env: NodeJS.ProcessEnv = process.env): readonly FlinkRuntime[] {
  const named = namedRuntimes(env)
  return named.length === 0 ? FLINK_RUNTIMES : named
}

/** None when nobody named any. */
export function namedRuntimes(env: NodeJS.ProcessEnv = process.env): readonly FlinkRuntime[] {
  const named = (env['WEIR_TEST_RUNTIMES'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const unknown = named.filter((name) => !FLINK_RUNTIMES.some((runtime) => runtime === name))
  if (unknown.length > 0)
    throw new Error(`WEIR_TEST_RUNTIMES: ${unknown.join(', ')}: there are ${FLINK_RUNTIMES.join(', ')}`)
  return FLINK_RUNTIMES.filter((runtime) => named.includes(runtime))
}
