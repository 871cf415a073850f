/**
 * A Kubernetes for the tests of upgrades: the API server in memory of the unit tests, reached over HTTPS with a token.
 */
import type { ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import type { KubeClusterConfig } from '../../src/api/client/generated/types.gen.ts'
import { KubeError } from '../../src/runtimes/kubernetes/client/errors.ts'
import { answer, type Received, refuse, testServer } from '../../src/runtimes/kubernetes/client/server.fixture.ts'
import type { FlinkDeployment } from '../../src/runtimes/kubernetes/objects.ts'
import { authority, base64 } from '../../tests/support/certificates.ts'
import { type FakeCluster, NAMESPACE, newWorld } from '../../tests/support/fake-kubernetes.ts'

export { NAMESPACE }

export interface KubernetesInMemory {
  config: KubeClusterConfig
  /** All requests so far. */
  received: Received[]
  /** The only FlinkDeployment there is. */
  deployment(): Promise<FlinkDeployment | undefined>
  claimed(): boolean
}

const TOKEN = 'only-the-older-Weir-was-told'
export const AUTHORIZATION = `Bearer ${TOKEN}`
const COLLECTION = /\/(pods|services|configmaps|secrets|events|flinkdeployments|flinksessionjobs)$/
const GROUP = '/apis/flink.apache.org/v1beta1'

/** Ends with the test. */
export async function kubernetesInMemory(): Promise<KubernetesInMemory> {
  const { kube, clock } = newWorld()
  // What has only just been made there is not to look years old.
  await clock.advance(Date.now() - clock.now())
  const issuer = authority()
  const server = await testServer(
    (request, response) => void serve(kube, request, response),
    issuer.issue('kubernetes', ['127.0.0.1']),
  )
  onTestFinished(() => server[Symbol.asyncDispose]())
  return {
    config: {
      cluster: { server: server.url, certificateAuthorityData: base64(issuer.cert) },
      auth: { bearerToken: { token: TOKEN } },
    },
    received: server.received,
    deployment: async () =>
      (await kube.api.list<FlinkDeployment>(`${GROUP}/namespaces/${NAMESPACE}/flinkdeployments`)).items[0],
    claimed: () => kube.get(`/api/v1/namespaces/${NAMESPACE}/configmaps/weir-claim`) !== undefined,
  }
}

async function serve(kube: FakeCluster, request: Received, response: ServerResponse): Promise<void> {
  const url = new URL(request.url, 'https://kubernetes')
  try {
    if (request.headers.authorization !== AUTHORIZATION)
      throw new KubeError('who are you?', { status: 401, reason: 'Unauthorized' })
    if (url.searchParams.has('watch')) await watch(kube, url, response)
    else answer(response, 200, await outcome(kube, request, url))
  } catch (error) {
    const { status = 500, reason = 'InternalError', message } = error as KubeError
    if (!response.headersSent) refuse(response, status, reason, message)
  }
}

async function outcome({ api }: FakeCluster, { method, headers, body }: Received, { pathname, searchParams }: URL) {
  const sent = body === '' ? undefined : JSON.parse(body)
  if (method === 'POST') return api.create(pathname, sent)
  if (method === 'PATCH' && headers['content-type']?.includes('apply-patch')) {
    return api.apply(pathname, sent, { fieldManager: '', force: true })
  }
  if (method === 'PATCH') return api.merge(pathname, sent)
  if (method === 'DELETE') {
    await api.delete(pathname, { ...sent, ...sent?.preconditions })
    return { kind: 'Status', status: 'Success' }
  }
  if (!COLLECTION.test(pathname)) return api.get(pathname)
  const { items, resourceVersion } = await api.list(pathname, {
    labelSelector: searchParams.get('labelSelector') ?? '',
  })
  return { kind: 'List', items, metadata: { resourceVersion } }
}

async function watch({ api }: FakeCluster, { pathname, searchParams }: URL, response: ServerResponse): Promise<void> {
  const closed = new AbortController()
  response.on('close', () => closed.abort())
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
  const write = (event: unknown): void => void response.write(`${JSON.stringify(event)}\n`)
  await api.watch(pathname, Object.fromEntries(searchParams), write, { signal: closed.signal })
}
