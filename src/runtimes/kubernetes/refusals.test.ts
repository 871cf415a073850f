/**
 * What an API server may say to any request while all is well otherwise, at every request of a session's life in turn:
 * it costs time, and neither a generation nor a second cluster.
 */
import { expect, test } from 'vitest'
import { type FakeTarget, fakeTarget, NAMESPACE, newWorld, putPod } from '../../../tests/support/fake-kubernetes.ts'
import { type Reconciled, reconciled } from '../../../tests/support/reconciled.ts'
import type { Clock } from '../../domain/clock.ts'
import type { SessionResource } from '../../domain/resource.ts'
import { type FlinkRest, FlinkRestError } from '../../flink/rest.ts'
import type { KubeApi, KubeObject } from './client/api.ts'
import { KubeError, type KubeTrouble, KubeUnreachable } from './client/errors.ts'
import { jobManager, mainOf, RUNNING } from './objects.fixture.ts'
import { clusterName, paths } from './objects.ts'

interface Refusal {
  error: KubeTrouble
  /** Only what writes can meet it. */
  writes?: boolean
  /** The request was carried out all the same. */
  late?: boolean
}

const unreachable = (message: string, status?: number, retryAfterMs?: number): KubeTrouble =>
  new KubeUnreachable(message, { ...(status !== undefined && { status }), retryAfterMs })

const REFUSALS: Record<string, Refusal> = {
  'a conflict (409)': {
    error: new KubeError('the object has been modified (409)', { status: 409, reason: 'Conflict' }),
    writes: true,
  },
  'a webhook that times out (500)': {
    error: unreachable('failed calling webhook "a.example": context deadline exceeded (500)', 500),
    writes: true,
  },
  'too many requests (429)': { error: unreachable('too many requests (429)', 429, 3_000) },
  'an answer that was lost': { error: unreachable('the connection broke'), late: true, writes: true },
}

const WRITES = new Set(['create', 'apply', 'merge', 'delete'])
const COUNTED = new Set([...WRITES, 'get', 'find', 'list', 'watch'])

interface Line {
  api: KubeApi
  /** Requests so far that could have been refused so. */
  count: number
  /** The one that was. */
  refused?: string
}

/** How long the same request goes on being refused. */
const LASTS_MS = 5_000

/** The same API server; the request number `at` is refused, for as long as that lasts. */
function refusing(api: KubeApi, { error, writes, late }: Refusal, at: number, clock: Clock): Line {
  const line: Line = { api, count: 0 }
  let ends = Infinity
  line.api = new Proxy(api, {
    get(target, verb: string) {
      const call: unknown = Reflect.get(target, verb)
      if (typeof call !== 'function' || !COUNTED.has(verb) || (writes && !WRITES.has(verb))) return call
      return async (...args: unknown[]) => {
        const request = `${verb} ${String(args[0])}`
        if ((line.count += 1) === at) {
          line.refused = request
          ends = clock.now() + LASTS_MS
        }
        if (request !== line.refused || clock.now() >= ends) return call.apply(target, args)
        if (late && verb !== 'watch') await call.apply(target, args)
        // What the client makes of a conflict over a UID.
        if (verb === 'delete' && error instanceof KubeError) return undefined
        throw error
      }
    },
  })
  return line
}

/** A Flink that has not come as far as answering. */
const silent = new Proxy({} as FlinkRest, {
  get: () => () => Promise.reject(new FlinkRestError('UNREACHABLE', 'nothing listens there')),
})

interface Life {
  at: Reconciled
  session: SessionResource
  target: FakeTarget
  line: Line
  /** What its status said, one after the other. */
  details: Set<string>
  /** Files are read and written in real time, for which the test's clock has to stand still. */
  busy(): Promise<unknown>
}

async function begin(refusal: Refusal, n: number): Promise<Life> {
  let made: { target: FakeTarget; line: Line } | undefined
  let busy: Promise<unknown> = Promise.resolve()
  const noted = <T>(work: Promise<T>): Promise<T> => {
    busy = work.catch(() => {})
    return work
  }
  const at = await reconciled({
    through(_fake, clock) {
      const world = newWorld(clock)
      const line = refusing(world.kube.api, refusal, n, clock)
      const target = fakeTarget({ api: line.api }, world)
      made = { target, line }
      const { runtime } = target
      return {
        ...runtime,
        launch: (...given) => noted(runtime.launch(...given)),
        remove: (...given) => noted(runtime.remove(...given)),
        forget: (...given) => noted(runtime.forget(...given)),
        flink: () => silent,
      }
    },
  })
  const session = await at.session({ runtime: 'FLINK_1_18', jars: ['https://host/a.jar'] })
  return { at, session, ...made!, details: new Set(), busy: () => busy }
}

async function until(life: Life, condition: () => Promise<unknown> | unknown): Promise<void> {
  const { at, session, details } = life
  await at.until(async () => {
    await life.busy()
    const detail = (await at.stored(session))?.status.detail
    if (detail !== undefined) details.add(detail)
    return (await condition()) !== undefined
  })
}

/** From its creation to the end of its deletion; answers what became of it in between. */
async function lived(life: Life) {
  const { at, session, target } = life
  const { kube } = target
  const name = clusterName({ resource: session.id, generation: 1 })
  const deployment = () => kube.get(paths.deployment(NAMESPACE, name))
  await until(life, deployment)
  const uid = deployment()?.metadata.uid ?? ''
  const pod = jobManager({ main: mainOf(RUNNING) })
  const metadata = {
    ...pod.metadata,
    labels: { ...pod.metadata.labels, app: name },
    ownerReferences: [{ apiVersion: 'v1', kind: 'FlinkDeployment', name, uid }],
  }
  putPod(target, { ...pod, metadata })
  await until(life, async () =>
    (await at.stored(session))?.status.detail === 'waiting for the JobManager to answer' ? true : undefined,
  )
  const secret = paths.secret(NAMESPACE, name)
  await until(life, () => kube.get<KubeObject>(secret)?.metadata.ownerReferences)
  const generations = await at.store.generations.list(session.id)
  const events = (await at.events(session)).map(({ reason }) => reason)
  const sameUid = deployment()?.metadata.uid === uid
  await at.remove(session)
  await until(life, async () => ((await at.stored(session)) === undefined ? true : undefined))
  return { generations, events, sameUid, left: [deployment(), kube.get(secret)] }
}

/** What nobody need be told of: nothing is held up by it, or it is asked for again like a deletion that takes long. */
const isUntold = (refused: string, { error, late }: Refusal): boolean =>
  late === true ||
  /^(merge .*\/secrets\/|watch )/.test(refused) ||
  (error instanceof KubeError && refused.startsWith('delete '))

test.each(Object.entries(REFUSALS))(
  '%s at any request of its life costs a session no generation',
  async (_, refusal) => {
    const undisturbed = await begin(refusal, 0)
    await lived(undisturbed)
    expect(undisturbed.line.count).toBeGreaterThanOrEqual(refusal.writes ? 5 : 15)
    for (let n = 1; n <= undisturbed.line.count; n += 1) {
      const life = await begin(refusal, n)
      const { generations, events, sameUid, left } = await lived(life)
      const { refused = '' } = life.line
      expect({
        refused,
        generations: generations.length,
        ended: events.includes('ClusterEnded'),
        sameUid,
        left,
      }).toEqual({
        refused: expect.stringMatching(/./),
        generations: 1,
        ended: false,
        sameUid: true,
        left: [undefined, undefined],
      })
      const reported = [...life.details].some((detail) => detail.includes(refusal.error.message))
      if (!isUntold(refused, refusal)) expect(`${refused} reported: ${reported}`).toBe(`${refused} reported: true`)
    }
  },
)
