/**
 * Clusters whose pods never run, for tests of what goes on between this and the API server: their image can't be
 * pulled.
 */
import type { EffectiveClusterSpec } from '../../domain/cluster.ts'
import { effectiveClusterSpec } from '../../domain/effective.ts'
import { FLINK_RUNTIMES, type FlinkRuntime, type SessionSpec } from '../../domain/spec.ts'
import type { Images } from './images.ts'

export const UNPULLABLE = 'localhost/weir-tests-have-no-such-image:1'
export const withoutImage = (): { images: Images } => ({
  images: Object.fromEntries(FLINK_RUNTIMES.map((runtime) => [runtime, UNPULLABLE])) as Images,
})

export const smallSpec = (runtime: FlinkRuntime, change: Partial<SessionSpec> = {}): EffectiveClusterSpec =>
  effectiveClusterSpec({
    workspace: 'WORKSPACE',
    least: 0,
    runtimeDefaults: {},
    spec: {
      name: 'session',
      runtime,
      jars: [],
      plugins: [],
      flinkConfiguration: {},
      logConfiguration: {},
      jobManagerResource: { cpu: 0.1, memory: '1024m' },
      taskManagerResource: { cpu: 0.1, memory: '1024m' },
      ...change,
    },
  })
