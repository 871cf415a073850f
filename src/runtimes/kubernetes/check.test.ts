import { describe, expect, test } from 'vitest'
import { INSTALLATION, NAMESPACE, newWorld } from '../../../tests/support/fake-kubernetes.ts'
import type { TargetObservation } from '../../domain/kubernetes.ts'
import { inspectTarget, observeCluster } from './check.ts'
import { claimNamespace } from './claim.ts'
import { KubeError, KubeUnreachable } from './client/errors.ts'
import { paths } from './objects.ts'
import { asRules, FLINK_RULES, rightsOf } from './rights.ts'

const OWNER = { installation: INSTALLATION, workspace: 'WORKSPACE' }
const TARGET = { cluster: 'CLUSTER', namespace: NAMESPACE, serviceAccount: 'flink' }
const claimed = async () => {
  const world = newWorld()
  await claimNamespace(world.kube.api, { ...OWNER, namespace: NAMESPACE }, world.clock)
  return world
}
const statuses = ({ findings }: TargetObservation): Record<string, string> =>
  Object.fromEntries(findings.map(({ type, status }) => [type, status]))
const finding = ({ findings }: TargetObservation, type: string) => findings.find((one) => one.type === type)
const WELL = {
  Reachable: 'True',
  OperatorInstalled: 'True',
  NamespaceThere: 'True',
  NamespaceClaimed: 'True',
  Permitted: 'True',
  ServiceAccountReady: 'True',
}

describe('a cluster', () => {
  test('that is well says its version and which Flinks it runs', async () => {
    const report = await observeCluster(newWorld().kube.api)
    expect(report).toMatchObject({ kubernetesVersion: 'v1.34.4', flinkVersions: ['v1_17', 'v1_18', 'v1_19'] })
    expect(finding(report, 'OperatorInstalled')?.message).toBe(
      "the operator's custom resources are there; it runs Flink 1.17, 1.18, 1.19",
    )
  })

  test('that does not answer, or lets nobody in, is told with the reason, and nothing else is concluded', async () => {
    const { kube } = newWorld()
    await kube.fail(new KubeUnreachable('nobody answers'))
    const silent = await inspectTarget(kube.api, TARGET, OWNER)
    expect(finding(silent, 'Reachable')).toEqual({
      type: 'Reachable',
      status: 'False',
      reason: 'Unreachable',
      message: 'nobody answers',
    })
    expect(Object.values(statuses(silent)).filter((status) => status === 'Unknown')).toHaveLength(5)
    expect(silent.claimable).toBeUndefined()
    await kube.fail(new KubeError('the credentials are wrong', { status: 401, reason: 'Unauthorized' }))
    expect(finding(await observeCluster(kube.api), 'Reachable')).toMatchObject({
      status: 'False',
      reason: 'Unauthorized',
    })
  })

  test('without the operator is told what to install', async () => {
    const { kube } = newWorld()
    const api = {
      ...kube.api,
      find: async <T>(path: string) => (path.startsWith('/apis/flink') ? undefined : kube.api.find<T>(path)),
    }
    expect(finding(await observeCluster(api), 'OperatorInstalled')).toMatchObject({
      status: 'False',
      reason: 'NoCustomResources',
      message: expect.stringContaining('version 1.7 or later'),
    })
  })
})

describe('a target', () => {
  test('that is well is so in all that is looked at, and looking changes nothing', async () => {
    const { kube } = await claimed()
    kube.calls.length = 0
    expect(statuses(await inspectTarget(kube.api, TARGET, OWNER))).toEqual(WELL)
    const changing = kube.calls.filter(({ verb, path }) => verb !== 'get' && !path.endsWith('accessreviews'))
    expect(changing).toEqual([])
  })

  test("that is nobody's may be claimed; one that is another's may not", async () => {
    const { kube, clock } = newWorld()
    const free = await inspectTarget(kube.api, TARGET, OWNER)
    expect([statuses(free), free.claimable]).toEqual([{ ...WELL, NamespaceClaimed: 'False' }, true])
    await claimNamespace(kube.api, { installation: 'another', workspace: 'X', namespace: NAMESPACE }, clock)
    const taken = await inspectTarget(kube.api, TARGET, OWNER)
    expect([finding(taken, 'NamespaceClaimed')?.reason, taken.claimable]).toEqual(['TakenByOthers', false])
  })

  test('whose namespace is missing, or being deleted, is told so', async () => {
    const { kube } = newWorld()
    const missing = await inspectTarget(kube.api, { ...TARGET, namespace: 'nowhere' }, OWNER)
    expect(finding(missing, 'NamespaceThere')).toMatchObject({
      status: 'False',
      message: 'there is no namespace nowhere: kubectl create namespace nowhere',
    })
    expect(missing.claimable).toBe(false)
    const api = {
      ...kube.api,
      find: async <T>(path: string) =>
        path === `/api/v1/namespaces/${NAMESPACE}`
          ? ({ metadata: { deletionTimestamp: '2026-01-05T08:00:00Z' } } as T)
          : kube.api.find<T>(path),
    }
    expect(finding(await inspectTarget(api, TARGET, OWNER), 'NamespaceThere')).toMatchObject({
      status: 'False',
      reason: 'Terminating',
    })
  })

  test('each missing right of ours is told as the rule to add', async () => {
    const { kube } = await claimed()
    kube.lacks(
      ({ resource, subresource, verb }, user) =>
        user === undefined &&
        ((resource === 'pods' && subresource === 'log') || (resource === 'flinkdeployments' && verb === 'patch')),
    )
    const report = await inspectTarget(kube.api, TARGET, OWNER)
    expect(statuses(report)).toEqual({ ...WELL, Permitted: 'False' })
    expect(finding(report, 'Permitted')?.message).toBe(
      "Weir's user lacks rights in the namespace flink. Add to its Role: " +
        '{apiGroups: ["flink.apache.org"], resources: [flinkdeployments], verbs: [patch]}, {apiGroups: [""], ' +
        'resources: [pods/log], verbs: [get]}',
    )
  })

  test('a service account that is missing, or lacks rights, is told with what it needs', async () => {
    const { kube } = await claimed()
    kube.lacks(({ resource }, user) => user === `system:serviceaccount:${NAMESPACE}:flink` && resource === 'configmaps')
    const rule = asRules(rightsOf(FLINK_RULES).filter(({ resource }) => resource === 'configmaps'))
    expect(finding(await inspectTarget(kube.api, TARGET, OWNER), 'ServiceAccountReady')).toMatchObject({
      status: 'False',
      reason: 'RightsMissing',
      message: expect.stringContaining(`Add to a Role that is bound to it: ${rule}`),
    })
    expect(
      finding(await inspectTarget(kube.api, { ...TARGET, serviceAccount: 'nobody' }, OWNER), 'ServiceAccountReady'),
    ).toMatchObject({
      status: 'False',
      reason: 'Missing',
      message: expect.stringContaining('kubectl create serviceaccount nobody -n flink'),
    })
  })

  test('what may not be looked at is unknown, with the rule that would let it be seen', async () => {
    const { kube } = await claimed()
    kube.before(({ verb, path }) =>
      verb === 'get' && path === paths.configMap(NAMESPACE, 'weir-claim')
        ? new KubeError('User "u" cannot get resource "configmaps" in API group "" in the namespace "flink"', {
            status: 403,
            reason: 'Forbidden',
          })
        : undefined,
    )
    const report = await inspectTarget(kube.api, TARGET, OWNER)
    expect(statuses(report)).toEqual({ ...WELL, NamespaceClaimed: 'Unknown' })
    expect(finding(report, 'NamespaceClaimed')?.message).toContain(
      '{apiGroups: [""], resources: [configmaps], verbs: [get, create, delete]}',
    )
    expect(report.claimable).toBe(false)
  })
})
