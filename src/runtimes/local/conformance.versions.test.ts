import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { runtimesOf } from '../../../tests/support/runtimes.ts'
import { buildTestJobs } from '../../../tools/build-example.ts'
import { effectiveClusterSpec } from '../../domain/effective.ts'
import type { FlinkRuntime } from '../../domain/spec.ts'
import { conformance } from '../conformance.ts'
import { homeOf, localRuntime } from './runtime.fixture.ts'

function conforms(flink: FlinkRuntime): void {
  conformance(
    `local with ${flink}`,
    async () => {
      const data = await mkdtemp(join(tmpdir(), 'weir-conformance-'))
      const { jar } = await buildTestJobs({ flinkHome: await homeOf('FLINK_1_17'), out: join(data, 'jars') })
      let local = localRuntime(data)
      return {
        runtime: local.runtime,
        spec: (resource) =>
          effectiveClusterSpec({
            workspace: 'TEST',
            runtimeDefaults: local.runtime.defaults(resource),
            spec: {
              name: 'conformance',
              runtime: flink,
              jars: [],
              plugins: [],
              flinkConfiguration: {},
              logConfiguration: {},
              jobManagerResource: { memory: '1024m' },
              taskManagerResource: { memory: '1024m' },
            },
          }),
        async kill({ cluster, role, ordinal }) {
          const members = await local.ledger.list({ cluster, live: true })
          process.kill(members.find((member) => member.role === role && member.ordinal === ordinal)!.pid!, 'SIGKILL')
        },
        async restart() {
          await local.runtime.close()
          local = localRuntime(data)
          return local.runtime
        },
        job: {
          entryClass: 'dev.weir.jobs.ExactCounter',
          args: [join(data, 'lives')],
          flinkConfiguration: { 'execution.checkpointing.interval': '200' },
          jar: await readFile(jar),
        },
        async dispose() {
          await local.stopAll()
          await rm(data, { recursive: true, force: true })
        },
      }
    },
    { deadlineMs: 90_000, pollMs: 100 },
  )
}

// The newest, whose configuration and class path differ most from what all others have.
for (const runtime of runtimesOf('FLINK_2_3', 'FLINK_1_17')) conforms(runtime)
