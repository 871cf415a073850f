import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../domain/clock.ts'
import type { KubernetesTargets } from '../runtimes/kubernetes/targets.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import { openStore } from '../store/open.ts'
import { createRuntimes } from './runtimes.ts'

const CONFIG = { cluster: { server: 'https://10.0.0.1:6443' }, auth: { bearerToken: { token: 'first' } } }

async function setting() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-runtimes-'))
  const dataDir = join(folder, 'data')
  const store = await openStore({ dataDir, clock: systemClock })
  onTestFinished(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const { organization } = await store.accounts.bootstrap()
  const local = { name: 'local', onSignal: () => () => {} } as Partial<Runtime> as Runtime
  const calls = { loads: 0, asked: [] as string[] }
  const targets: Partial<KubernetesTargets> = {
    onSignal: () => () => {},
    runtime(workspace, { revision, config }) {
      calls.asked.push(`${workspace.target.namespace} ${revision} ${config.auth.bearerToken?.token}`)
      return { name: 'kubernetes' } as Partial<Runtime> as Runtime
    },
  }
  const runtimes = createRuntimes({
    local,
    store,
    kubernetes: async () => {
      calls.loads += 1
      return targets as KubernetesTargets
    },
  })
  const cluster = await store.kubeClusters.create({ organization: organization.id, name: 'c', config: CONFIG })
  if (cluster.outcome !== 'CREATED') throw new Error(cluster.outcome)
  const kubernetes = { cluster: cluster.resource.id, namespace: 'ns', serviceAccount: 'flink' }
  const workspace = await store.workspaces.create({ organization: organization.id, name: 'w', kubernetes })
  if (workspace.outcome !== 'CREATED') throw new Error(workspace.outcome)
  const [first] = await store.workspaces.all()
  return {
    store,
    dataDir,
    runtimes,
    calls,
    cluster: cluster.resource.id,
    workspace: workspace.resource.id,
    localWorkspace: first!.id,
  }
}

test('a workspace without a cluster runs on this machine, and nothing of Kubernetes is loaded for it', async () => {
  const { runtimes, calls, localWorkspace } = await setting()
  expect((await runtimes.of(localWorkspace)).name).toBe('local')
  expect(await runtimes.inspectWorkspace(localWorkspace)).toBeUndefined()
  expect(calls.loads).toBe(0)
})

test('a workspace on Kubernetes has a runtime of its own, with new credentials as soon as there are some', async () => {
  const { runtimes, calls, workspace, cluster, store } = await setting()
  await runtimes.of(workspace)
  expect((await runtimes.of(workspace)).name).toBe('kubernetes')
  await store.kubeClusters.update(cluster, { config: { ...CONFIG, auth: { bearerToken: { token: 'second' } } } })
  await runtimes.of(workspace)
  expect(calls).toEqual({ loads: 1, asked: ['ns 1 first', 'ns 1 first', 'ns 2 second'] })
})

test('unreadable credentials make its clusters unreachable, with the reason, and nothing is concluded', async () => {
  const { runtimes, workspace, cluster, dataDir } = await setting()
  rmSync(join(dataDir, 'secrets.key'))
  const runtime = await runtimes.of(workspace)
  await expect(runtime.observe({ resource: 'S', generation: 1 })).rejects.toMatchObject({
    code: 'RUNTIME_UNREACHABLE',
    message: expect.stringContaining('secrets.key'),
  })
  await expect(runtime.remove({ resource: 'S', generation: 1 }, { force: false })).rejects.toMatchObject({
    code: 'RUNTIME_UNREACHABLE',
  })
  expect(await runtime.remove({ resource: 'S', generation: 1 }, { force: true })).toMatchObject({
    done: true,
    leftBehind: expect.any(String),
  })
  expect((await runtimes.inspectCluster(cluster)).findings).toMatchObject([
    { type: 'Reachable', status: 'False', reason: 'Unusable' },
  ])
  await expect(runtimes.release(workspace)).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
})
