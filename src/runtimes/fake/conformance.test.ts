import { effectiveClusterSpec } from '../../domain/effective.ts'
import { conformance } from '../conformance.ts'
import { createFakeRuntime } from './fake.ts'
import { FAST_PACE } from './pace.ts'
import { createFakeWorld } from './world.ts'

conformance(
  'fake',
  async () => {
    const world = createFakeWorld()
    const start = () => createFakeRuntime({ world, pace: FAST_PACE })
    let runtime = start()
    return {
      runtime,
      spec: (resource) =>
        effectiveClusterSpec({
          workspace: 'TEST',
          runtimeDefaults: runtime.defaults(resource),
          spec: {
            name: 'conformance',
            runtime: 'FLINK_1_17',
            jars: [],
            plugins: [],
            flinkConfiguration: {},
            logConfiguration: {},
            jobManagerResource: {},
            taskManagerResource: {},
          },
        }),
      kill: async ({ cluster: { resource }, role, ordinal }) => {
        if (role === 'jobmanager') runtime.killJobManager(resource)
        else runtime.killTaskManager(resource, { ordinal })
      },
      restart: async () => {
        await runtime.close()
        runtime = start()
        return runtime
      },
      job: { entryClass: 'fake.Streaming', args: [], flinkConfiguration: {}, jar: new Uint8Array() },
      dispose: () => runtime.close(),
    }
  },
  { deadlineMs: 5_000, pollMs: 2 },
)
