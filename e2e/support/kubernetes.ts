/**
 * A Weir server with a workspace in the cluster of KUBECONFIG, and what is seen of it from outside, by kubectl and the
 * API server.
 */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { FlinkSessionSpec } from '../../src/api/client/generated/types.gen.ts'
import { newUuid } from '../../src/domain/ids.ts'
import { CLAIM_NAME } from '../../src/runtimes/kubernetes/claim.ts'
import type { KubeObject } from '../../src/runtimes/kubernetes/client/api.ts'
import { type FlinkDeployment, type Pod, paths } from '../../src/runtimes/kubernetes/objects.ts'
import { kubeconfig } from '../../tests/support/kubeconfig.ts'
import {
  BUCKET,
  kubectl,
  ownNamespace,
  SERVICE_ACCOUNT,
  SMALL_CLUSTER,
  s3Session,
  type TestCluster,
  testCluster,
  testImages,
  testRuntime,
} from '../../tests/support/kubernetes.ts'
import { putObject, s3Server } from '../../tests/support/s3.ts'
import { QUICK_START } from './scenario.ts'
import { until } from './wait.ts'
import { data, startWeir, type Weir } from './weir.ts'

export interface KubeWeir extends Omit<Weir, 'restart'> {
  restart(...options: Parameters<Weir['restart']>): Promise<KubeWeir>
  namespace: string
  cluster: TestCluster
  /** S3 plugin and configuration; empty without an S3 server. */
  s3: Awaited<ReturnType<typeof s3Session>>
  deployments(): Promise<FlinkDeployment[]>
  pods(component?: 'jobmanager' | 'taskmanager'): Promise<Pod[]>
  /** As a crash does. */
  crash(component: 'jobmanager' | 'taskmanager'): Promise<void>
  /** What a file of every living TaskManager holds, line by line. */
  linesInTaskManagers(folder: string): Promise<string[]>
}

export interface KubeWeirOptions {
  /** Instead of the API server's address. */
  server?: { url: string; tlsServerName: string }
  /** Flags of the server beside those that every test needs. */
  flags?: string[]
}

/**
 * Ends with the test; what the test leaves in the namespace is deleted. The server has the documented rights there and
 * no others.
 */
export async function startKubeWeir({ server, flags = [] }: KubeWeirOptions = {}): Promise<KubeWeir> {
  const namespace = ownNamespace()
  const cluster = testCluster()
  onTestFinished(async () => {
    await tidy(cluster, namespace)
    await cluster.close()
  })
  // A test that was killed must not keep the namespace from the next one.
  await tidy(cluster, namespace)
  const images = testImages().flatMap(([runtime, image]) => ['--image', `${runtime}=${image}`])
  const allowed = ['10.0.0.0/8', '172.16.0.0/12', '127.0.0.0/8'].flatMap((range) => ['--allow-address', range])
  const weir = await startWeir({ flags: [...images, ...allowed, ...flags] })
  const s3 = await s3Session(testRuntime())
  const config = { ...kubeconfig(), auth: { bearerToken: { token: await leastRights(cluster, namespace) } } }
  if (server) Object.assign(config.cluster, { server: server.url, tlsServerName: server.tlsServerName })
  const { id: kubeClusterId } = data(
    await weir.client.createCluster({ body: { name: 'test cluster', kubeClusterConfig: config as never } }),
  )
  const { id } = data(
    await weir.client.createWorkspace({
      body: {
        name: 'on kubernetes',
        kubeClusterId,
        kubeNamespace: namespace,
        kubeServiceAccount: SERVICE_ACCOUNT,
        ...(s3.storage !== undefined && { kubeStorage: s3.storage }),
      },
    }),
  )
  return around(weir, { workspace: id, namespace, cluster, s3 })
}

function around(weir: Weir, target: Pick<KubeWeir, 'workspace' | 'namespace' | 'cluster' | 's3'>): KubeWeir {
  const { namespace, cluster } = target
  const selector = { labelSelector: `weir.dev/installation=${weir.installation}` }
  const pods: KubeWeir['pods'] = async (component) =>
    (await cluster.api.list<Pod>(paths.pods(namespace), selector)).items.filter(
      ({ metadata }) => component === undefined || metadata.labels?.['component'] === component,
    )
  return {
    ...weir,
    ...target,
    pods,
    deployments: async () => (await cluster.api.list<FlinkDeployment>(paths.deployments(namespace), selector)).items,
    async crash(component) {
      const [pod] = (await pods(component)).filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      await cluster.killMain(namespace, pod!.metadata.name)
    },
    async linesInTaskManagers(folder) {
      const living = (await pods('taskmanager')).filter(
        ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === 'Running',
      )
      const texts = await Promise.all(
        living.map(({ metadata }) =>
          kubectl(
            'exec',
            '-n',
            namespace,
            metadata.name,
            '-c',
            'flink-main-container',
            '--',
            'bash',
            '-c',
            `cat ${folder}/* 2>/dev/null || true`,
          ).catch(() => ''),
        ),
      )
      return texts
        .join('\n')
        .split('\n')
        .filter((line) => line !== '')
    },
    restart: async (options) => around(await weir.restart(options), target),
  }
}

interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string }
}

const COLLECTIONS: Record<string, string> = {
  ServiceAccount: '/api/v1/namespaces/NS/serviceaccounts',
  Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings',
}

/** Gives the namespace the rights that the guide documents, and no others; answers a token of the documented user. */
async function leastRights({ api }: TestCluster, namespace: string): Promise<string> {
  const text = readFileSync(join(import.meta.dirname, '../../docs/guides/kubernetes-rbac.yaml'), 'utf8').replaceAll(
    'flink-jobs',
    namespace,
  )
  for (const document of parseAllDocuments(text)) {
    const manifest = document.toJS() as Manifest
    const collection = COLLECTIONS[manifest.kind]?.replace('NS', namespace)
    if (collection === undefined) continue
    await api.apply(`${collection}/${manifest.metadata.name}`, manifest, { fieldManager: 'weir-tests', force: true })
  }
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } }
  const { status } = await api.create<{ status: { token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/weir/token`,
    request,
  )
  return status.token
}

async function tidy({ api }: TestCluster, namespace: string): Promise<void> {
  // The operator lets go of no session cluster that still has some.
  const sessionJobs = paths.deployments(namespace).replace(/flinkdeployments$/, 'flinksessionjobs')
  for (const { metadata } of (await api.list<KubeObject>(sessionJobs)).items) {
    if (metadata.name.startsWith('weir-')) await api.delete(`${sessionJobs}/${metadata.name}`)
  }
  for (const { metadata } of (await api.list<FlinkDeployment>(paths.deployments(namespace))).items) {
    if (metadata.name.startsWith('weir-')) await api.delete(paths.deployment(namespace, metadata.name))
  }
  await until(
    'the namespace is empty',
    async () => (await api.list<FlinkDeployment>(paths.deployments(namespace))).items.length === 0,
  )
  await api.delete(paths.configMap(namespace, CLAIM_NAME))
}

const HOST = process.env['WEIR_TEST_HOST'] ?? '127.0.0.1'

/**
 * A web server of this machine that pods reach by WEIR_TEST_HOST, until the test ends; its URL, without a slash at its
 * end.
 */
async function onTheWeb(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '0.0.0.0', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://${HOST}:${(server.address() as AddressInfo).port}`
}

/** The jar of the test jobs. */
export async function jarOnTheWeb(): Promise<string> {
  const { tests } = inject('jars')
  const url = await onTheWeb((request, response) => {
    if (!request.url?.endsWith(basename(tests))) return void response.writeHead(404).end()
    createReadStream(tests).pipe(response)
  })
  return `${url}/${basename(tests)}`
}

/** A Maven repository that has one jar, as `org.example:example:1.0`, with the sum beside it. */
export const repository = (jar: Buffer): Promise<string> =>
  onTheWeb((request, response) => {
    const path = '/org/example/example/1.0/example-1.0.jar'
    if (request.url === path) return void response.end(jar)
    if (request.url === `${path}.sha1`) return void response.end(createHash('sha1').update(jar).digest('hex'))
    response.writeHead(404).end()
  })

/** Flags of a server that pods reach. */
export async function reachableByPods(): Promise<string[]> {
  const probe = createServer()
  await new Promise<void>((resolve) => {
    probe.listen(0, '0.0.0.0', resolve)
  })
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => {
    probe.close(resolve)
  })
  return ['--listen', `0.0.0.0:${port}`, '--pods-url', `http://${HOST}:${port}`]
}

/** The same jar in S3, where pods fetch it by the plugin of `s3Session`. */
export async function jarInS3(): Promise<string> {
  const { tests } = inject('jars')
  const path = `${BUCKET}/jars/${newUuid()}/${basename(tests)}`
  await putObject(s3Server()!, path, await readFile(tests))
  return `s3://${path}`
}

export const kubeSession = (weir: KubeWeir, overrides: Partial<FlinkSessionSpec> = {}): FlinkSessionSpec => ({
  name: 'test session',
  runtime: testRuntime(),
  jars: [],
  logConfiguration: {},
  jobManagerResource: SMALL_CLUSTER.jobManagerResource,
  taskManagerResource: SMALL_CLUSTER.taskManagerResource,
  plugins: weir.s3.plugins,
  ...overrides,
  flinkConfiguration: {
    ...SMALL_CLUSTER.flinkConfiguration,
    ...weir.s3.flinkConfiguration,
    'taskmanager.numberOfTaskSlots': '2',
    'execution.checkpointing.interval': '1s',
    'env.java.opts.all': QUICK_START,
    ...overrides.flinkConfiguration,
  },
})
