/**
 * The cluster that the tests with Kubernetes run on: whatever KUBECONFIG leads to, with the Flink operator in it. The
 * rest is told by variables (`npm run test:kubernetes` says which are missing):
 *
 *   WEIR_TEST_NAMESPACES  namespaces for tests alone (team-a,team-b), which the operator watches, each with a service
 *                         account `flink`
 *   WEIR_TEST_IMAGES      images by runtime, where the official ones can't be pulled
 *                         (FLINK_1_18=localhost/flink:1.18.1,...)
 *   WEIR_TEST_RUNTIME     the runtime that tests run (FLINK_1_18)
 *   WEIR_TEST_S3          an S3 server that pods and tests reach: see s3.ts
 *   WEIR_TEST_OPERATOR    where the operator runs (flink-operator/flink-kubernetes-operator: namespace/deployment)
 *   WEIR_TEST_HOST        the address of this machine as pods reach it: tests serve jars there
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createArtifacts } from '../../src/artifacts/fetch.ts'
import { systemClock } from '../../src/domain/clock.ts'
import { newUuid } from '../../src/domain/ids.ts'
import type { KubeLaunch, KubeLedger } from '../../src/domain/kubernetes.ts'
import type { FlinkRuntime, SessionSpec } from '../../src/domain/spec.ts'
import { flinkVersionOf } from '../../src/flink/distributions/catalogue.ts'
import { CLAIM_NAME } from '../../src/runtimes/kubernetes/claim.ts'
import { type KubeApi, type KubeObject, kubeApi } from '../../src/runtimes/kubernetes/client/api.ts'
import { connect, type KubeConnection } from '../../src/runtimes/kubernetes/client/connection.ts'
import type { KubeContext } from '../../src/runtimes/kubernetes/context.ts'
import { type Images, imageTable } from '../../src/runtimes/kubernetes/images.ts'
import { type Pod, paths } from '../../src/runtimes/kubernetes/objects.ts'
import { createKubernetesRuntime } from '../../src/runtimes/kubernetes/runtime.ts'
import type { Runtime } from '../../src/runtimes/runtime.ts'
import { kubeconfig } from './kubeconfig.ts'
import { createBucket, s3Configuration, s3Server } from './s3.ts'

export const testNamespaces = (env: NodeJS.ProcessEnv = process.env): string[] =>
  (env['WEIR_TEST_NAMESPACES'] ?? 'team-a,team-b').split(',')
/** The one that is this worker's alone, so that files run side by side. */
export function ownNamespace(env: NodeJS.ProcessEnv = process.env): string {
  const worker = Number(env['VITEST_POOL_ID'] ?? '1')
  const namespace = testNamespaces(env)[worker - 1]
  if (namespace === undefined) throw new Error(`WEIR_TEST_NAMESPACES names no namespace for worker ${worker}`)
  return namespace
}
export const testRuntime = (): FlinkRuntime => (process.env['WEIR_TEST_RUNTIME'] ?? 'FLINK_1_18') as FlinkRuntime
export const SERVICE_ACCOUNT = 'flink'
export const BUCKET = 'weir-tests'

/** `FLINK_1_18=localhost/flink:1.18.1,...` */
export const testImages = (env: NodeJS.ProcessEnv = process.env): [runtime: string, image: string][] =>
  (env['WEIR_TEST_IMAGES'] ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=')
      return [part.slice(0, at), part.slice(at + 1)]
    })

export interface TestCluster {
  connection: KubeConnection
  api: KubeApi
  /** Runs kubectl-like commands in a pod's main container. */
  killMain(namespace: string, pod: string): Promise<void>
  close(): Promise<void>
}

export function testCluster(): TestCluster {
  const connection = connect(kubeconfig())
  return { connection, api: kubeApi(connection), killMain, close: () => connection.close() }
}

const run = promisify(execFile)

/** `kubectl` of the PATH, or of KUBECTL (which may hold arguments). */
export async function kubectl(...args: string[]): Promise<string> {
  const [program = 'kubectl', ...first] = (process.env['KUBECTL'] ?? 'kubectl').split(' ')
  return (await run(program, [...first, ...args])).stdout
}

/**
 * Ends Flink as a crash does. The first process of a container can't be killed by SIGKILL from within it, but by a
 * signal that it has a handler for: the JVM takes SIGSEGV for its own crash.
 */
const killMain = async (namespace: string, pod: string): Promise<void> =>
  void (await kubectl('exec', '-n', namespace, pod, '-c', 'flink-main-container', '--', 'bash', '-c', 'kill -SEGV 1'))

/** Small enough for a node with two processors; what is asked for may be exceeded while there is room. */
export const SMALL_CLUSTER: Pick<SessionSpec, 'jobManagerResource' | 'taskManagerResource' | 'flinkConfiguration'> = {
  jobManagerResource: { memory: '1024m', cpu: 0.1 },
  taskManagerResource: { memory: '1024m', cpu: 0.1 },
  flinkConfiguration: {
    'kubernetes.jobmanager.cpu.limit-factor': '20',
    'kubernetes.taskmanager.cpu.limit-factor': '20',
  },
}

/** Where the tests keep state in S3, if there is a server: plugin and configuration; the bucket is made. */
export async function s3Session(
  runtime: FlinkRuntime,
): Promise<Pick<SessionSpec, 'plugins' | 'flinkConfiguration'> & { storage?: string }> {
  const server = s3Server()
  if (!server) return { plugins: [], flinkConfiguration: {} }
  await createBucket(server, BUCKET)
  const version =
    testImages()
      .find(([name]) => name === runtime)?.[1]
      .split(':')
      .at(-1) ?? flinkVersionOf(runtime)
  return {
    plugins: [{ name: 's3', jars: [`/opt/flink/opt/flink-s3-fs-hadoop-${version}.jar`] }],
    flinkConfiguration: s3Configuration(server),
    storage: `s3://${BUCKET}/${newUuid()}`,
  }
}

/** As durable as the store's only in that two servers of one test share it. */
export function memoryLedger(): KubeLedger {
  const rows = new Map<string, KubeLaunch>()
  const key = ({ resource, generation }: { resource: string; generation: number }): string =>
    `${resource}/${generation}`
  return {
    get: async (ref) => rows.get(key(ref)),
    list: async (resource) => [...rows.values()].filter((row) => row.resource === resource),
    async begin(launch) {
      const row = rows.get(key(launch)) ?? launch
      rows.set(key(launch), row)
      return row
    },
    async update(ref, change) {
      const row = rows.get(key(ref))
      if (row) rows.set(key(ref), { ...row, ...change })
    },
    remove: async (ref) => void rows.delete(key(ref)),
  }
}

export interface TestRuntime extends AsyncDisposable {
  runtime: Runtime
  context: KubeContext
  /** The next server over the same cluster and records. */
  restart(): Promise<Runtime>
  pods(): Promise<Pod[]>
  /** Closes the runtime and deletes whatever of this installation is left in the namespace. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A runtime on the namespace, with an installation of its own, whose claim an earlier test that was killed can't hold
 * up.
 */
export async function testKubernetesRuntime(
  cluster: TestCluster,
  namespace: string,
  change: Partial<KubeContext> = {},
): Promise<TestRuntime> {
  const { api, connection } = cluster
  await api.delete(paths.configMap(namespace, CLAIM_NAME))
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-kubernetes-'))
  const context: KubeContext = {
    installation: newUuid(),
    workspace: 'TESTWORKSPACE',
    target: { cluster: 'CLUSTER', namespace, serviceAccount: SERVICE_ACCOUNT },
    connection,
    api,
    ledger: memoryLedger(),
    artifacts: createArtifacts({ fileRoots: [], allowAddresses: ['10.0.0.0/8', '127.0.0.0/8'] }),
    clock: systemClock,
    log: { warn: () => {} },
    images: imageTable(flinkVersionOf, Object.fromEntries(testImages()) as Partial<Images>),
    dataDir,
    allowAddresses: ['10.0.0.0/8'],
    maxFileBytes: 2 ** 30,
    flinkAccess: 'proxy',
    ...change,
  }
  let runtime = createKubernetesRuntime(context)
  const selector = { labelSelector: `weir.dev/installation=${context.installation}` }
  return {
    context,
    get runtime() {
      return runtime
    },
    async restart() {
      await runtime.close()
      runtime = createKubernetesRuntime(context)
      return runtime
    },
    pods: async () => (await api.list<Pod>(paths.pods(namespace), selector)).items,
    async [Symbol.asyncDispose]() {
      await runtime.close()
      const left = await api.list<KubeObject>(paths.deployments(namespace), selector)
      for (const { metadata } of left.items) await api.delete(paths.deployment(namespace, metadata.name))
      await api.delete(paths.configMap(namespace, CLAIM_NAME))
      if (existsSync(dataDir)) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
