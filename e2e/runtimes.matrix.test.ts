/**
 * Every Flink version: `npm run test:matrix`, not part of `npm test`. With WEIR_TEST_S3 (an S3 server, as for the tests
 * on Kubernetes) checkpoints and savepoints lie there, so that each version's plugin does its work; without, on this
 * machine's disk.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { flinkVersionOf } from '../src/flink/distributions/catalogue.ts'
import { createBucket, s3Configuration, s3Server } from '../tests/support/s3.ts'
import { stopAndGoOn } from './support/go-on.ts'
import { matrixRuntimes } from './support/matrix.ts'
import {
  createJob,
  createSession,
  EXAMPLE_CLASS,
  jobSpec,
  removeSession,
  sessionSpec,
  untilJob,
  untilSession,
} from './support/scenario.ts'
import { startWeir, testFolder } from './support/weir.ts'

const BUCKET = 'weir-matrix'
const PLUGIN = 's3-fs-hadoop'

const server = s3Server()

beforeAll(async () => {
  if (server) await createBucket(server, BUCKET)
})

test.each(matrixRuntimes())(
  '%s runs the quickstart with the S3 plugin, and a job goes on from the savepoint of another one',
  async (runtime) => {
    const begun = performance.now()
    const version = flinkVersionOf(runtime)
    const minor = version.split('.').slice(0, 2).join('.')
    const state = server ? `s3://${BUCKET}/${runtime}-${Date.now()}` : `file://${testFolder()}`
    const weir = await startWeir()
    const id = await createSession(
      weir,
      sessionSpec(runtime, {
        // By the first patch release, whichever is installed.
        plugins: [{ name: PLUGIN, jars: [`/opt/flink/opt/flink-s3-fs-hadoop-${minor}.0.jar`] }],
        flinkConfiguration: server
          ? { ...s3Configuration(server), 'state.checkpoints.dir': `${state}/checkpoints` }
          : {},
      }),
    )
    const counts = await createJob(weir, id, jobSpec('running-counts', EXAMPLE_CLASS))
    await untilJob(weir, id, counts, 'RUNNING')
    const { status } = await untilSession(weir, id, 'RUNNING')
    expect(status?.flinkVersion).toBe(version)
    // Flink names each plugin that it loads, at the start; the API would show only the end of a log.
    const logs = join(weir.dataDir, 'clusters', id, '1', 'log')
    for (const name of ['jobmanager.log', 'taskmanager-1.log'])
      expect(readFileSync(join(logs, name), 'utf8')).toContain(`creating it: ${PLUGIN}`)

    await stopAndGoOn(weir, id, `${state}/savepoints`)
    await removeSession(weir, id)
    expect(weir.processes()).toEqual([])
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    console.log(
      `${runtime}: Flink ${version} on Java ${status?.javaVersion}, state in ${server ? 'S3' : 'a folder'}: ${seconds} s`,
    )
  },
)
