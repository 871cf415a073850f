import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { manualClock } from '../../tests/support/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { TargetFinding, TargetObservation } from '../domain/kubernetes.ts'
import type { Runtimes } from '../runtimes/runtime.ts'
import { openStore } from '../store/open.ts'
import { kubeClusterController, workspaceController } from './controllers/targets.ts'
import { cycle } from './cycle.ts'

const CONFIG = { cluster: { server: 'https://10.0.0.1:6443' }, auth: { bearerToken: { token: 'secret' } } }
const fine: TargetFinding = { type: 'Reachable', status: 'True', reason: 'Answers', message: 'fine' }
const bad: TargetFinding = { type: 'Permitted', status: 'False', reason: 'RightsMissing', message: 'add a rule' }

/**
 * A cluster and a workspace in a real store; what an inspection finds, and what happens at a claim and a release, is
 * the test's to say.
 */
async function target() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-targets-'))
  const clock = manualClock()
  const store = await openStore({ dataDir: join(folder, 'data'), clock })
  onTestFinished(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const { organization } = await store.accounts.bootstrap()
  const cluster = await store.kubeClusters.create({ organization: organization.id, name: 'c', config: CONFIG })
  if (cluster.outcome !== 'CREATED') throw new Error(cluster.outcome)
  const kubernetes = { cluster: cluster.resource.id, namespace: 'ns', serviceAccount: 'flink' }
  const workspace = await store.workspaces.create({ organization: organization.id, name: 'w', kubernetes })
  if (workspace.outcome !== 'CREATED') throw new Error(workspace.outcome)
  const world = {
    observation: { findings: [fine] } as TargetObservation,
    inspections: 0,
    done: [] as string[],
    unreachable: false,
  }
  const act = (what: string) => async (): Promise<void> => {
    if (world.unreachable) throw new Failure('RUNTIME_UNREACHABLE', 'no answer')
    world.done.push(what)
  }
  const inspect = async (): Promise<TargetObservation> => {
    world.inspections += 1
    return world.observation
  }
  const runtimes = {
    inspectWorkspace: inspect,
    inspectCluster: inspect,
    claim: act('claim'),
    release: act('release'),
  } as Partial<Runtimes> as Runtimes
  const context = { store, runtimes, clock }
  const ids = { workspace: workspace.resource.id, cluster: cluster.resource.id }
  return {
    store,
    clock,
    world,
    ids,
    turn: () => cycle(workspaceController(context), ids.workspace, () => {}),
    turnCluster: () => cycle(kubeClusterController(context), ids.cluster, () => {}),
    conditions: async () => (await store.workspaces.get(ids.workspace))?.status.conditions ?? [],
  }
}

test('what an inspection finds is kept, with the first thing that is wrong as the summary', async () => {
  const { turn, world, clock, conditions } = await target()
  await turn()
  const [ready, reachable] = await conditions()
  expect([ready, reachable]).toMatchObject([{ type: 'Ready', status: 'True' }, fine])
  world.observation = { findings: [fine, bad] }
  await clock.advance(300_000)
  await turn()
  expect(await conditions()).toMatchObject([
    { type: 'Ready', status: 'False', reason: 'RightsMissing', message: 'add a rule' },
    { ...fine, since: reachable?.since },
    bad,
  ])
})

test('a target is inspected seldom when all is well, sooner when not, and at once when a caller asks', async () => {
  const { turn, turnCluster, world, clock, store, ids } = await target()
  expect(await turn()).toEqual({ again: 300_000 })
  await turn()
  expect(world.inspections).toBe(1)
  await clock.advance(1_000)
  await store.workspaces.requestCheck(ids.workspace)
  await clock.advance(1)
  world.observation = { findings: [bad] }
  expect(await turn()).toEqual({ again: 15_000 })
  expect(world.inspections).toBe(2)
  await turnCluster()
  await turnCluster()
  expect(world.inspections).toBe(3)
})

test("a namespace that is nobody's is claimed, and inspected again", async () => {
  const { turn, world, clock, conditions } = await target()
  world.observation = { findings: [{ ...bad, type: 'NamespaceClaimed', reason: 'Unclaimed' }], claimable: true }
  await turn()
  expect(world.done).toEqual(['claim'])
  world.observation = { findings: [fine] }
  await clock.advance(1)
  await turn()
  expect(world.done).toEqual(['claim'])
  expect(await conditions()).toMatchObject([{ type: 'Ready', status: 'True' }, fine])
})

test('a workspace that is deleted lets go of its namespace, or waits half a minute for a lost cluster', async () => {
  const { turn, world, clock, store, ids } = await target()
  await store.workspaces.requestDeletion(ids.workspace)
  world.unreachable = true
  await turn()
  await clock.advance(29_000)
  await turn()
  expect(await store.workspaces.get(ids.workspace)).toBeDefined()
  await clock.advance(2_000)
  await turn()
  expect(await store.workspaces.get(ids.workspace)).toBeUndefined()

  const other = await target()
  await other.store.workspaces.requestDeletion(other.ids.workspace)
  await other.turn()
  expect(other.world.done).toEqual(['release'])
  expect(await other.store.workspaces.get(other.ids.workspace)).toBeUndefined()
})
