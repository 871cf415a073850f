import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  ownNamespace,
  SMALL_CLUSTER,
  s3Session,
  testCluster,
  testKubernetesRuntime,
  testRuntime,
} from '../../../tests/support/kubernetes.ts'
import { buildTestJobs } from '../../../tools/build-example.ts'
import { effectiveClusterSpec } from '../../domain/effective.ts'
import { flinkVersionOf } from '../../flink/distributions/catalogue.ts'
import { createDistributions } from '../../flink/distributions/distributions.ts'
import { conformance } from '../conformance.ts'
import { appOf, clusterName, isJobManager, taskManagerOrdinal } from './objects.ts'

const runtime = testRuntime()
const namespace = ownNamespace()

conformance(
  `kubernetes with ${runtime}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-conformance-'))
    const { home } = await createDistributions().install(flinkVersionOf('FLINK_1_17'))
    const { jar } = await buildTestJobs({ flinkHome: home, out: folder })
    const s3 = await s3Session(runtime)
    const cluster = testCluster()
    const target = {
      cluster: 'CLUSTER',
      namespace,
      serviceAccount: 'flink',
      ...(s3.storage !== undefined && { storage: s3.storage }),
    }
    const kube = await testKubernetesRuntime(cluster, namespace, { target })
    return {
      runtime: kube.runtime,
      spec: (resource) =>
        effectiveClusterSpec({
          workspace: 'TEST',
          least: 0,
          // Without Flink's own high availability: that a dead JobManager ends its generation is what is promised here.
          runtimeDefaults: { ...kube.runtime.defaults(resource), 'high-availability.type': 'none' },
          spec: {
            name: 'conformance',
            runtime,
            jars: [],
            logConfiguration: {},
            ...SMALL_CLUSTER,
            plugins: s3.plugins,
            flinkConfiguration: {
              ...SMALL_CLUSTER.flinkConfiguration,
              ...s3.flinkConfiguration,
              'resourcemanager.taskmanager-timeout': '15000',
            },
          },
        }),
      async kill({ cluster: ref, role, ordinal }) {
        const victim = (await kube.pods()).find(
          (pod) =>
            appOf(pod) === clusterName(ref) &&
            (role === 'jobmanager' ? isJobManager(pod) : !isJobManager(pod) && taskManagerOrdinal(pod) === ordinal),
        )
        await cluster.killMain(namespace, victim!.metadata.name)
      },
      restart: () => kube.restart(),
      job: {
        entryClass: 'dev.weir.jobs.ExactCounter',
        args: ['/tmp/lives'],
        flinkConfiguration: { 'execution.checkpointing.interval': '500' },
        jar: await readFile(jar),
      },
      async dispose() {
        await kube[Symbol.asyncDispose]()
        await cluster.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
  { deadlineMs: 120_000, pollMs: 250 },
)
