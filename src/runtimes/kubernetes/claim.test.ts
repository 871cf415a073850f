import { expect, test } from 'vitest'
import {
  deploymentIn,
  fakeTarget,
  INSTALLATION,
  NAMESPACE,
  newWorld,
  REF,
  sessionSpec,
} from '../../../tests/support/fake-kubernetes.ts'
import { CLAIM_NAME, claimNamespace, releaseNamespace } from './claim.ts'
import { paths } from './objects.ts'

const claim = { installation: INSTALLATION, workspace: 'WORKSPACE', namespace: NAMESPACE }

test('is claimed once, and again by the same workspace', async () => {
  const { kube, clock } = newWorld()
  await claimNamespace(kube.api, claim, clock)
  await claimNamespace(kube.api, claim, clock)
  expect(kube.get(paths.configMap(NAMESPACE, CLAIM_NAME))).toMatchObject({
    metadata: { labels: { 'weir.dev/installation': INSTALLATION } },
    data: { installation: INSTALLATION, workspace: 'WORKSPACE', since: '2026-01-05T08:00:00.000Z' },
  })
  expect(kube.calls.filter(({ verb }) => verb === 'create')).toHaveLength(1)
})

test('of another installation is refused, with what to do, and nothing is launched in it', async () => {
  const target = fakeTarget()
  await claimNamespace(target.kube.api, { ...claim, installation: 'another' }, target.clock)
  await target.runtime.launch(REF, sessionSpec())
  expect(await target.runtime.observe(REF)).toMatchObject({
    phase: 'FAILED',
    failure: {
      code: 'NAMESPACE_CLAIMED',
      retryable: false,
      message:
        'the namespace flink belongs to another Weir installation (another, since 2026-01-05T08:00:00.000Z). Give ' +
        'this workspace another ' +
        'namespace; if that installation is gone for good: kubectl delete configmap weir-claim -n flink',
    },
  })
  expect(deploymentIn(target)).toBeUndefined()
})

test('of another workspace of the same installation is refused as well', async () => {
  const { kube, clock } = newWorld()
  await claimNamespace(kube.api, { ...claim, workspace: 'FIRST' }, clock)
  await expect(claimNamespace(kube.api, claim, clock)).rejects.toThrow(
    /belongs to the workspace FIRST of this installation/,
  )
})

test('that two servers race for goes to one of them', async () => {
  const { kube, clock } = newWorld()
  const outcomes = await Promise.allSettled(
    ['one', 'two', 'three'].map((installation) => claimNamespace(kube.api, { ...claim, installation }, clock)),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(kube.calls.filter(({ verb }) => verb === 'create')).toHaveLength(3)
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'NAMESPACE_CLAIMED' })
})

test('whose claim is let go of while it is claimed is claimed all the same', async () => {
  const { kube, clock } = newWorld()
  const path = paths.configMap(NAMESPACE, CLAIM_NAME)
  let races = 0
  kube.before(({ verb }) => {
    if (verb === 'create' && (races += 1) === 1) kube.put(path, { data: { installation: 'another' } })
    if (verb === 'get' && races === 1) kube.remove(path)
  })
  await claimNamespace(kube.api, claim, clock)
  expect(kube.get(path)).toMatchObject({ data: { installation: INSTALLATION } })
})

test('is let go of only by who has it', async () => {
  const { kube, clock } = newWorld()
  await releaseNamespace(kube.api, claim)
  await claimNamespace(kube.api, { ...claim, installation: 'another' }, clock)
  await releaseNamespace(kube.api, claim)
  expect(kube.get(paths.configMap(NAMESPACE, CLAIM_NAME))).toBeDefined()
  await releaseNamespace(kube.api, { ...claim, installation: 'another' })
  expect(kube.get(paths.configMap(NAMESPACE, CLAIM_NAME))).toBeUndefined()
})

test('that is not there is told as such', async () => {
  const target = fakeTarget({ target: { cluster: 'CLUSTER', namespace: 'nowhere', serviceAccount: 'flink' } })
  await target.runtime.launch(REF, sessionSpec())
  expect(await target.runtime.observe(REF)).toMatchObject({
    phase: 'FAILED',
    failure: { code: 'KUBERNETES_REFUSED', message: expect.stringContaining('"nowhere" not found') },
  })
})
