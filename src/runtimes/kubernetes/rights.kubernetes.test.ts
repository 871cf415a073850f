/** What the documented rights are good for, on a real API server. No pod need run: its image can't be pulled. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubeconfig } from '../../../tests/support/kubeconfig.ts'
import {
  ownNamespace,
  SERVICE_ACCOUNT,
  type TestCluster,
  type TestRuntime,
  testCluster,
  testKubernetesRuntime,
  testRuntime,
} from '../../../tests/support/kubernetes.ts'
import { systemClock } from '../../domain/clock.ts'
import { type Account, accountWith } from './account.fixture.ts'
import { inspectTarget } from './check.ts'
import { claimNamespace } from './claim.ts'
import { paths } from './objects.ts'
import { asRules, CONTROL_PLANE_RULES, type Rule, rightsOf } from './rights.ts'
import { smallSpec, withoutImage } from './unpullable.fixture.ts'

const namespace = ownNamespace()
/** Rights are known to the API server a moment after they were given. */
const KNOWN = { timeout: 20_000 }
const TARGET = { cluster: 'CLUSTER', namespace, serviceAccount: SERVICE_ACCOUNT }
const REF = { resource: 'RIGHTS', generation: 1 }
const PATH = paths.deployment(namespace, 'weir-rights-1')
let cluster: TestCluster
beforeAll(() => {
  cluster = testCluster()
})
afterAll(() => cluster.close())

const withRules = (rules: readonly Rule[]): Promise<Account> =>
  accountWith(cluster.api, kubeconfig().cluster, namespace, rules)
const runtimeOf = ({ api, connection }: Account): Promise<TestRuntime> =>
  testKubernetesRuntime(cluster, namespace, { api, connection, ...withoutImage() })
const without = (resource: string): Rule[] =>
  CONTROL_PLANE_RULES.flatMap((rule) => {
    const resources = rule.resources.filter((name) => name !== resource)
    return resources.length === 0 ? [] : [{ ...rule, resources }]
  })
const ruleFor = (resource: string): string => {
  const rule = CONTROL_PLANE_RULES.find(({ resources }) => resources.includes(resource))!
  return asRules(rightsOf([{ ...rule, resources: [resource] }]))
}

test('the documented rights and no other launch, observe and remove a cluster, and its target is well', async () => {
  await using account = await withRules(CONTROL_PLANE_RULES)
  await using kube = await runtimeOf(account)
  const { runtime, context } = kube
  await runtime.launch(REF, smallSpec(testRuntime()))
  expect((await runtime.observe(REF)).phase).toBe('PREPARING')
  await expect.poll(async () => (await kube.pods()).length, { timeout: 60_000, interval: 500 }).toBe(1)
  expect((await runtime.observe(REF)).phase).toBe('PREPARING')
  const { findings } = await inspectTarget(account.api, TARGET, context)
  expect(findings.filter(({ status }) => status !== 'True')).toEqual([])
  // Whether its container is listed hangs on how far Kubernetes has come; it never ran, so it said nothing.
  expect((await runtime.logs('RIGHTS', { tail: 10 })).flatMap(({ lines }) => lines)).toEqual([])
  await expect
    .poll(() => runtime.remove(REF, { force: false }), { timeout: 120_000, interval: 500 })
    .toMatchObject({ done: true })
  expect(await cluster.api.find(PATH)).toBeUndefined()
  expect(await kube.pods()).toEqual([])
})

const RESOURCES = CONTROL_PLANE_RULES.flatMap(({ resources }) => resources)

test.each(RESOURCES)('without %s, the target says which rule to add, and no other', async (resource) => {
  await using account = await withRules(without(resource))
  const observe = async () => (await inspectTarget(account.api, TARGET, { installation: 'i', workspace: 'w' })).findings
  await expect
    .poll(async () => (await observe()).find(({ type }) => type === 'Permitted'), KNOWN)
    .toEqual({
      type: 'Permitted',
      status: 'False',
      reason: 'RightsMissing',
      message: `Weir's user lacks rights in the namespace ${namespace}. Add to its Role: ${ruleFor(resource)}`,
    })
  // What can't be looked at is unknown, not wrong.
  const reported = (await observe()).filter(({ status, type }) => status === 'Unknown' && type !== 'Permitted')
  for (const { message } of reported) expect(message).toContain(ruleFor(resource))
  expect(reported.map(({ type }) => type)).toEqual(
    {
      namespaces: ['NamespaceThere'],
      configmaps: ['NamespaceClaimed'],
      serviceaccounts: ['ServiceAccountReady'],
      localsubjectaccessreviews: ['ServiceAccountReady'],
    }[resource] ?? [],
  )
})

test.each(['configmaps', 'flinkdeployments', 'secrets'])(
  'a launch without %s fails with the rule to add, and may be tried again',
  async (resource) => {
    await using account = await withRules(without(resource))
    await using kube = await runtimeOf(account)
    // Whether a right is missing or not known yet can't be told: the claim needs one, too.
    if (resource !== 'configmaps') {
      await expect
        .poll(
          () =>
            claimNamespace(account.api, { ...kube.context, namespace }, systemClock).then(
              () => true,
              () => false,
            ),
          KNOWN,
        )
        .toBe(true)
    }
    await kube.runtime.launch(REF, smallSpec(testRuntime(), { jars: ['https://repo.example/a.jar'] }))
    const { failure } = await kube.runtime.observe(REF)
    expect(failure).toMatchObject({ code: 'KUBERNETES_REFUSED', retryable: true })
    expect(failure?.message).toContain(`Add to the Role of Weir's user in that namespace: ${ruleFor(resource)}`)
    expect(await cluster.api.find(PATH)).toBeUndefined()
  },
)

test.each(['flinkdeployments', 'pods'])(
  'a look without %s concludes nothing and says which rule to add',
  async (resource) => {
    await using account = await withRules(without(resource))
    await using kube = await runtimeOf(account)
    await expect(kube.runtime.observe(REF)).rejects.toMatchObject({
      code: 'RUNTIME_UNREACHABLE',
      message: expect.stringContaining(ruleFor(resource)),
    })
    await expect(kube.runtime.logs('RIGHTS', { tail: 1 })).resolves.toEqual([])
  },
)
