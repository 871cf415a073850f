/**
 * What keeps a session on Kubernetes from getting on is told where people look; and silence is never taken for an end.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { kubeconfig } from '../tests/support/kubeconfig.ts'
import { testImages } from '../tests/support/kubernetes.ts'
import { jarOnTheWeb, type KubeWeir, kubeSession, startKubeWeir } from './support/kubernetes.ts'
import { createSession, removeSession, session, untilGone, untilSession } from './support/scenario.ts'
import { until } from './support/wait.ts'
import { data } from './support/weir.ts'

const detail = (weir: KubeWeir, id: string, words: RegExp) =>
  untilSession(
    weir,
    id,
    (observed) => words.test(observed.status?.detail ?? '') || words.test(observed.status?.error?.message ?? ''),
    240_000,
  )

test('an image that is not there, a node that is too small and a jar that is missing are told by name', async () => {
  const weir = await startKubeWeir()
  const big = await createSession(
    weir,
    kubeSession(weir, { name: 'big', jobManagerResource: { memory: '1024m', cpu: 640 } }),
  )
  const missing = await createSession(
    weir,
    kubeSession(weir, { name: 'missing', jars: [(await jarOnTheWeb()).replace('.jar', '-gone.jar')] }),
  )
  const unknown = testImages()
    .map(([runtime]) => runtime)
    .includes('FLINK_1_17')
    ? undefined
    : await createSession(
        weir,
        kubeSession(weir, {
          name: 'unknown',
          runtime: 'FLINK_1_17',
          plugins: [],
          flinkConfiguration: { 'high-availability.type': 'none' },
        }),
      )
  await detail(weir, big, /Insufficient cpu/)
  const failed = await untilSession(weir, missing, 'FAILED', 240_000)
  expect(failed.status?.error).toMatchObject({
    code: 'FILE_UNAVAILABLE',
    message: expect.stringMatching(/-gone\.jar.*404/),
  })
  if (unknown !== undefined) await detail(weir, unknown, /the image flink:1\.17\.\d can't be pulled/)
  for (const id of [big, missing, ...(unknown === undefined ? [] : [unknown])]) await removeSession(weir, id)
  expect(await weir.pods()).toEqual([])
})

test('a runtime that the operator does not know is refused with what it knows', async () => {
  const weir = await startKubeWeir()
  const id = await createSession(
    weir,
    kubeSession(weir, { runtime: 'FLINK_2_3', plugins: [], flinkConfiguration: { 'high-availability.type': 'none' } }),
  )
  const observed = await untilSession(weir, id, (now) => now.status?.error !== undefined || now.state === 'RUNNING')
  const { flinkVersions = [] } = data(await weir.client.describeWorkspace({ path: { ws: weir.workspace } })).status
  // A newer operator than the one of these tests may well know it.
  if (flinkVersions.includes('v2_3')) expect(observed.status?.error).toBeUndefined()
  else
    expect(observed.status?.error).toMatchObject({
      code: 'INVALID_SPEC',
      message: expect.stringMatching(/does not know FLINK_2_3: it runs v1_/),
    })
  await removeSession(weir, id)
})

interface Gate {
  port: number
  /** Cuts what is open and lets nothing through. */
  close(): void
  open(): void
}

/** Stands between the server and the API server. */
async function gateTo(target: URL): Promise<Gate> {
  const sockets = new Set<Socket>()
  let open = true
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    if (!open) return void socket.destroy()
    const upstream = connect(Number(target.port || 443), target.hostname).on('error', () => socket.destroy())
    sockets.add(upstream)
    socket.pipe(upstream).pipe(socket)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  onTestFinished(() => {
    cut()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      open = false
      cut()
    },
    open() {
      open = true
    },
  }
}

test('an API server that can not be reached makes a session stale and nothing else; a forced deletion ends all the same', async () => {
  const target = new URL(kubeconfig().cluster.server ?? '')
  const gate = await gateTo(target)
  const weir = await startKubeWeir({
    server: { url: `https://127.0.0.1:${gate.port}`, tlsServerName: target.hostname },
  })
  // Too big for any node: it stays as it is, without a JVM.
  const id = await createSession(weir, kubeSession(weir, { jobManagerResource: { memory: '1024m', cpu: 640 } }))
  await detail(weir, id, /Insufficient cpu/)
  const [before] = await weir.deployments()

  gate.close()
  const stale = await untilSession(weir, id, (observed) => observed.status?.stale === true, 120_000)
  expect(stale.state).toBe('PENDING')
  expect(stale.status?.detail).toMatch(/can't be reached/)
  data(await weir.client.checkWorkspace({ path: { ws: weir.workspace } }))
  await until('the workspace says so', async () =>
    data(await weir.client.describeWorkspace({ path: { ws: weir.workspace } })).status.conditions.some(
      ({ type, status }) => type === 'Reachable' && status === 'False',
    ),
  )

  gate.open()
  await untilSession(
    weir,
    id,
    (observed) => observed.status?.stale === false && /Insufficient cpu/.test(observed.status.detail),
    120_000,
  )
  expect((await weir.deployments()).map(({ metadata }) => metadata.uid)).toEqual([before?.metadata.uid])
  expect((await session(weir, id)).status?.restarts).toBe(0)

  gate.close()
  data(await weir.client.deleteFlinkSession({ path: { ws: weir.workspace, session: id }, query: { force: true } }))
  await untilGone(weir, id)
  expect(await weir.deployments()).toHaveLength(1)
})
