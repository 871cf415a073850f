/**
 * An API server with state, in memory: objects by their paths, with UIDs, resource versions, finalizers, preconditions
 * and owners, and watches that replay. No operator and no kubelet: a test says what those would do. And a whole runtime
 * on it.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { onTestFinished } from 'vitest'
import { createArtifacts } from '../../src/artifacts/fetch.ts'
import { isoTime } from '../../src/domain/clock.ts'
import type { ClusterRef, EffectiveClusterSpec } from '../../src/domain/cluster.ts'
import { effectiveClusterSpec } from '../../src/domain/effective.ts'
import type { ClusterObservation } from '../../src/domain/observation.ts'
import type { SessionSpec } from '../../src/domain/spec.ts'
import { flinkVersionOf } from '../../src/flink/distributions/catalogue.ts'
import type { KubeApi, KubeObject, Verb } from '../../src/runtimes/kubernetes/client/api.ts'
import { KubeError, type KubeTrouble, KubeUnreachable } from '../../src/runtimes/kubernetes/client/errors.ts'
import type { WatchEvent } from '../../src/runtimes/kubernetes/client/watch.ts'
import type { KubeContext } from '../../src/runtimes/kubernetes/context.ts'
import { imageTable } from '../../src/runtimes/kubernetes/images.ts'
import { clusterName, type FlinkDeployment, type Pod, paths } from '../../src/runtimes/kubernetes/objects.ts'
import type { Right } from '../../src/runtimes/kubernetes/rights.ts'
import { createKubernetesRuntime } from '../../src/runtimes/kubernetes/runtime.ts'
import type { Runtime } from '../../src/runtimes/runtime.ts'
import { type ManualClock, manualClock } from './clock.ts'
import { memoryLedger } from './kubernetes.ts'

export interface FakeObject extends KubeObject {
  [key: string]: unknown
}

export interface Call {
  verb: Verb
  path: string
  body?: unknown
}

export interface FakeCluster {
  api: KubeApi
  /** Requests so far, watches and heartbeats left out. */
  calls: Call[]
  get<T = FakeObject>(path: string): T | undefined
  /** Creates or changes (as a JSON merge patch does), whoever may. */
  put(path: string, change: object): FakeObject
  /** At once, whatever finalizers it has. */
  remove(path: string): void
  /** What changes from now on no watch tells; lists do. */
  hush(): void
  /** All requests fail so, and what is watched is told; undefined: they work again. */
  fail(trouble: KubeTrouble | undefined): Promise<void>
  /** Answers an error for the requests that are to fail, or does something just before one. */
  before(hook: ((call: Call) => KubeTrouble | undefined | void) | undefined): void
  /** Which rights an access review finds missing, the control plane's and those of service accounts. */
  lacks(missing: (right: Right, user: string | undefined) => boolean): void
}

type Tree = Record<string, unknown>
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** JSON merge patch. Enough of an apply by force, too: nothing is left out that was applied before. */
function merged(before: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return patch
  const result: Tree = { ...(isTree(before) ? before : {}) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merged(result[key], value)
  }
  return result
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const collectionOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
const namespaceOf = (path: string): string | undefined => /\/namespaces\/([^/]+)\/./.exec(path)?.[1]

export const OPERATOR_FINALIZER = 'flinkdeployments.flink.apache.org/finalizer'

function fakeCluster(clock: ManualClock, namespaces: readonly string[] = ['flink']): FakeCluster {
  const objects = new Map<string, FakeObject>()
  const watches = new Set<{
    path: string
    selector: string
    on(event: WatchEvent): void
    end(trouble: KubeTrouble): void
  }>()
  const byVerb = { get: 0, list: 0, create: 0, apply: 0, merge: 0, delete: 0, text: 0, watch: 0, ping: 0 }
  const calls: Call[] = []
  let log: { revision: number; path: string; event: WatchEvent }[] = []
  let revision = 1000
  let uids = 0
  let hushed = false
  let trouble: KubeTrouble | undefined
  let hook: ((call: Call) => KubeTrouble | undefined | void) | undefined
  let lacking: (right: Right, user: string | undefined) => boolean = () => false

  const matches = ({ metadata: { labels } }: KubeObject, selector: string): boolean =>
    selector
      .split(',')
      .filter((part) => part !== '')
      .every((part) => labels?.[part.split('=')[0]!] === part.split('=')[1])
  const emit = (type: string, path: string, object: FakeObject): void => {
    if (hushed) return
    const event = { type, object: structuredClone(object) }
    log = [...log, { revision, path: collectionOf(path), event }]
    for (const watch of watches)
      if (watch.path === collectionOf(path) && matches(object, watch.selector)) watch.on(structuredClone(event))
  }
  const store = (path: string, object: FakeObject): FakeObject => {
    const known = objects.get(path)
    revision += 1
    const namespace = namespaceOf(path)
    const made: FakeObject = {
      ...object,
      metadata: {
        creationTimestamp: isoTime(clock.now()),
        ...object.metadata,
        name: lastOf(path),
        ...(namespace !== undefined && { namespace }),
        uid: known?.metadata.uid ?? object.metadata.uid ?? `uid-${(uids += 1)}`,
        resourceVersion: String(revision),
      },
    }
    objects.set(path, made)
    emit(known ? 'MODIFIED' : 'ADDED', path, made)
    if (made.metadata.deletionTimestamp !== undefined && isForGood(path, made)) remove(path)
    return made
  }
  /** Pods end when their kubelet says so. */
  const isForGood = (path: string, { metadata }: FakeObject): boolean =>
    (metadata.finalizers ?? []).length === 0 && !path.includes('/pods/')
  const remove = (path: string): void => {
    const object = objects.get(path)
    if (!object) return
    revision += 1
    objects.delete(path)
    emit('DELETED', path, { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } })
    for (const [other, { metadata }] of objects)
      if (metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid)) remove(other)
  }
  const admit = async (verb: Verb, path: string, body?: unknown): Promise<void> => {
    byVerb[verb] += 1
    await Promise.resolve()
    if (trouble) throw trouble
    if (verb === 'watch' || verb === 'ping') return
    calls.push({ verb, path, ...(body !== undefined && { body }) })
    const error = hook?.({ verb, path, body })
    if (error) throw error
  }
  const missing = (path: string): KubeError => {
    const details = { name: lastOf(path), kind: lastOf(collectionOf(path)) }
    return new KubeError(`GET ${path}: "${lastOf(path)}" not found (404)`, { status: 404, reason: 'NotFound', details })
  }
  const need = (path: string): FakeObject => {
    const object = objects.get(path)
    if (!object) throw missing(path)
    return object
  }
  const needNamespace = (path: string): void => {
    const namespace = namespaceOf(path)
    if (namespace !== undefined) need(`/api/v1/namespaces/${namespace}`)
  }
  const conflict = (path: string, why: string): KubeError =>
    new KubeError(`PATCH ${path}: ${why} (409)`, { status: 409, reason: 'Conflict' })
  const mustFit = (path: string, known: FakeObject, patch: unknown): void => {
    const { uid, resourceVersion } = (patch as Partial<KubeObject>).metadata ?? {}
    if (uid !== undefined && uid !== known.metadata.uid) throw conflict(path, 'the UID is another')
    if (resourceVersion !== undefined && resourceVersion !== known.metadata.resourceVersion)
      throw conflict(path, 'the object has been modified')
  }
  const review = (body: unknown): unknown => {
    const { spec } = body as { spec: { user?: string; resourceAttributes?: Right } }
    return {
      status: { allowed: spec.resourceAttributes === undefined || !lacking(spec.resourceAttributes, spec.user) },
    }
  }
  const documents: Record<string, unknown> = {
    '/version': { gitVersion: 'v1.34.4' },
    '/apis/flink.apache.org/v1beta1': {
      resources: [{ name: 'flinkdeployments' }, { name: 'flinkdeployments/status' }, { name: 'flinksessionjobs' }],
    },
    '/openapi/v3/apis/flink.apache.org/v1beta1': {
      components: {
        schemas: {
          'org.apache.flink.v1beta1.FlinkDeployment': {
            properties: { spec: { properties: { flinkVersion: { enum: ['v1_17', 'v1_18', 'v1_19'] } } } },
          },
        },
      },
    },
  }
  const read = <T>(path: string): T | undefined =>
    structuredClone(documents[path] ?? objects.get(path)) as T | undefined

  const api: KubeApi = {
    async get<T>(path: string) {
      await admit('get', path)
      return (
        read<T>(path) ??
        (() => {
          throw missing(path)
        })()
      )
    },
    async find<T>(path: string) {
      await admit('get', path)
      return read<T>(path)
    },
    async list<T>(path: string, query: { labelSelector?: string } = {}) {
      await admit('list', path)
      const items = [...objects].filter(
        ([key, object]) => collectionOf(key) === path && matches(object, query.labelSelector ?? ''),
      )
      return { items: structuredClone(items.map(([, object]) => object)) as T[], resourceVersion: String(revision) }
    },
    async create<T>(path: string, body: unknown) {
      await admit('create', path, body)
      if (path.endsWith('accessreviews')) return review(body) as T
      needNamespace(path)
      const object = structuredClone(body) as FakeObject
      const key = `${path}/${object.metadata.name}`
      if (objects.has(key))
        throw new KubeError(`POST ${path}: "${object.metadata.name}" already exists (409)`, {
          status: 409,
          reason: 'AlreadyExists',
        })
      return structuredClone(store(key, object)) as T
    },
    async apply<T>(path: string, body: unknown) {
      await admit('apply', path, body)
      needNamespace(path)
      const known = objects.get(path)
      const next = merged(known, structuredClone(body)) as FakeObject
      return structuredClone(isDeepStrictEqual(next, known) ? known : store(path, next)) as T
    },
    async merge<T>(path: string, patch: unknown) {
      await admit('merge', path, patch)
      const known = need(path)
      mustFit(path, known, patch)
      return structuredClone(store(path, merged(known, structuredClone(patch)) as FakeObject)) as T
    },
    async delete(path, options = {}) {
      await admit('delete', path, options)
      const known = objects.get(path)
      if (!known || (options.uid !== undefined && options.uid !== known.metadata.uid)) return
      if (isForGood(path, known) || options.gracePeriodSeconds === 0) remove(path)
      else if (known.metadata.deletionTimestamp === undefined) {
        store(path, { ...known, metadata: { ...known.metadata, deletionTimestamp: isoTime(clock.now()) } })
      }
    },
    async text(path) {
      await admit('text', path)
      return String(objects.get(path)?.['text'] ?? '')
    },
    async watch(path, query, on, { signal, opened }) {
      await admit('watch', path)
      opened?.()
      const selector = String(query['labelSelector'] ?? '')
      const past = log.filter((entry) => entry.path === path && entry.revision > Number(query['resourceVersion']))
      for (const { event } of past) if (matches(event.object, selector)) on(structuredClone(event))
      await new Promise<void>((resolve, reject) => {
        const one = {
          path,
          selector,
          on,
          end: (error: KubeTrouble) => {
            watches.delete(one)
            reject(error)
          },
        }
        watches.add(one)
        signal.addEventListener('abort', () => {
          watches.delete(one)
          resolve()
        })
      })
    },
    ping: (path) => admit('ping', path),
    get heardAt() {
      return trouble ? undefined : clock.now()
    },
    requests: {
      get count() {
        return Object.values(byVerb).reduce((sum, one) => sum + one, 0)
      },
      byVerb,
    },
  }
  for (const namespace of namespaces) {
    store(`/api/v1/namespaces/${namespace}`, { metadata: { name: namespace } })
    store(`/api/v1/namespaces/${namespace}/serviceaccounts/flink`, { metadata: { name: 'flink' } })
  }
  return {
    api,
    calls,
    get: read,
    put: (path, change) =>
      structuredClone(
        store(path, merged(objects.get(path) ?? { metadata: {} }, structuredClone(change)) as FakeObject),
      ),
    remove,
    hush() {
      hushed = true
    },
    async fail(next) {
      trouble = next
      if (next) for (const watch of [...watches]) watch.end(new KubeUnreachable(next.message))
      // Watches that broke are opened anew, which fails; those that are wanted again find the server back.
      await clock.advance(15_000)
    },
    before(next) {
      hook = next
    },
    lacks(next) {
      lacking = next
    },
  }
}

export const INSTALLATION = 'installation-1'
export const NAMESPACE = 'flink'

export interface FakeTarget {
  clock: ManualClock
  kube: FakeCluster
  context: KubeContext
  runtime: Runtime
  /** Another server over the same cluster and records; the one before has stopped. */
  restart(change?: Partial<KubeContext>): Promise<Runtime>
}

/** A runtime in the namespace `flink` of a fake cluster, closed when the test is over. */
export function fakeTarget(
  change: Partial<KubeContext> = {},
  world: Pick<FakeTarget, 'clock' | 'kube'> = newWorld(),
): FakeTarget {
  const { clock, kube } = world
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-fake-kubernetes-'))
  const context: KubeContext = {
    installation: INSTALLATION,
    workspace: 'WORKSPACE',
    target: { cluster: 'CLUSTER', namespace: NAMESPACE, serviceAccount: 'flink' },
    // Nothing here speaks HTTP.
    connection: { server: 'https://fake.invalid' } as KubeContext['connection'],
    api: kube.api,
    ledger: memoryLedger(),
    artifacts: createArtifacts({ fileRoots: [], allowAddresses: [] }),
    clock,
    log: { warn: () => {} },
    images: imageTable(flinkVersionOf, {}),
    dataDir,
    allowAddresses: [],
    maxFileBytes: 2 ** 30,
    flinkAccess: 'proxy',
    ...change,
  }
  const target: FakeTarget = {
    ...world,
    context,
    runtime: createKubernetesRuntime(context),
    async restart(other = {}) {
      await target.runtime.close()
      target.context = { ...target.context, ...other }
      target.runtime = createKubernetesRuntime(target.context)
      return target.runtime
    },
  }
  onTestFinished(async () => {
    await target.runtime.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return target
}

export function newWorld(clock = manualClock()): Pick<FakeTarget, 'clock' | 'kube'> {
  return { clock, kube: fakeCluster(clock) }
}

export const sessionSpec = (
  change: Partial<SessionSpec> = {},
  runtimeDefaults: Record<string, string> = {},
): EffectiveClusterSpec =>
  effectiveClusterSpec({
    workspace: 'WORKSPACE',
    least: 0,
    runtimeDefaults,
    spec: {
      name: 'session',
      runtime: 'FLINK_1_18',
      jars: [],
      plugins: [],
      flinkConfiguration: {},
      logConfiguration: {},
      jobManagerResource: {},
      taskManagerResource: {},
      ...change,
    },
  })

/** The one cluster that most tests have. */
export const REF: ClusterRef = { resource: 'SESSION', generation: 1 }
const PATH = paths.deployment(NAMESPACE, clusterName(REF))

export async function launched(change: Partial<KubeContext> = {}): Promise<FakeTarget> {
  const target = fakeTarget(change)
  await target.runtime.launch(REF, sessionSpec())
  return target
}

export const deploymentIn = ({ kube }: FakeTarget): FlinkDeployment | undefined => kube.get<FlinkDeployment>(PATH)
export const changeDeployment = ({ kube }: FakeTarget, change: object): FakeObject => kube.put(PATH, change)
export const removeDeployment = ({ kube }: FakeTarget): void => {
  kube.remove(PATH)
}
export const putPod = ({ kube }: FakeTarget, pod: Pod): void =>
  void kube.put(paths.pod(NAMESPACE, pod.metadata.name), pod)

/** Once the watches have told what there is to tell. */
export async function observe({ runtime, clock }: FakeTarget): Promise<ClusterObservation> {
  await clock.advance(0)
  return runtime.observe(REF)
}
