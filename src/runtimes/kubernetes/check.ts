/**
 * Looks at a cluster, and at a workspace's target in it, before and while anything runs there: reachable, operator,
 * namespace, rights, service account. Changes nothing.
 */

import { defined } from '../../domain/defined.ts'
import { Failure } from '../../domain/failure.ts'
import type { KubeTarget, TargetFinding, TargetObservation } from '../../domain/kubernetes.ts'
import { claimant, claimProblem } from './claim.ts'
import { type KubeApi, KubeError } from './client/api.ts'
import { isKubeTrouble } from './client/errors.ts'
import { unreachableFailure } from './failures.ts'
import { asRules, CONTROL_PLANE_RULES, FLINK_RULES, type Right, rightsOf } from './rights.ts'
import { allowedVersions } from './versions.ts'

interface ResourceList {
  resources?: { name: string }[]
}

const found = (type: string, reason: string, message: string): TargetFinding => ({
  type,
  status: 'True',
  reason,
  message,
})
const wrong = (type: string, reason: string, message: string): TargetFinding => ({
  type,
  status: 'False',
  reason,
  message,
})
const unknown = (type: string, message: string): TargetFinding => ({
  type,
  status: 'Unknown',
  reason: 'NotSeen',
  message,
})

/** Is there an API server that lets us in, and the operator? Never throws for an API server that does not answer. */
export async function observeCluster(api: KubeApi): Promise<TargetObservation> {
  try {
    const { gitVersion } = await api.get<{ gitVersion: string }>('/version')
    // Anybody may ask for the version; this tells whether we are let in.
    await api.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { nonResourceAttributes: { path: '/version', verb: 'get' } },
    })
    const { finding, versions } = await inspectOperator(api)
    return {
      kubernetesVersion: gitVersion,
      ...(versions && { flinkVersions: versions }),
      findings: [found('Reachable', 'Answers', `Kubernetes ${gitVersion} answers`), finding],
    }
  } catch (error) {
    if (!isKubeTrouble(error)) throw error
    const reason = error instanceof KubeError ? error.reason : 'Unreachable'
    return {
      findings: [
        wrong('Reachable', reason, error.message),
        unknown('OperatorInstalled', 'the cluster could not be asked'),
      ],
    }
  }
}

async function inspectOperator(api: KubeApi): Promise<{ finding: TargetFinding; versions?: string[] | undefined }> {
  const group = await api.find<ResourceList>('/apis/flink.apache.org/v1beta1')
  const kinds = new Set(group?.resources?.map(({ name }) => name))
  if (!kinds.has('flinkdeployments') || !kinds.has('flinksessionjobs')) {
    const message =
      'the cluster has no FlinkDeployments and FlinkSessionJobs: install the Apache Flink Kubernetes Operator, ' +
      'version 1.7 or later'
    return { finding: wrong('OperatorInstalled', 'NoCustomResources', message) }
  }
  const versions = await allowedVersions(api)
  const which = versions
    ? `; it runs Flink ${versions.map((version) => version.slice(1).replace('_', '.')).join(', ')}`
    : ''
  return {
    finding: found('OperatorInstalled', 'CustomResourcesThere', `the operator's custom resources are there${which}`),
    versions,
  }
}

export interface TargetOwner {
  installation: string
  workspace: string
}

/** The same and more for a namespace. */
export async function inspectTarget(api: KubeApi, target: KubeTarget, owner: TargetOwner): Promise<TargetObservation> {
  const report = await observeCluster(api)
  const [reachable] = report.findings
  if (reachable?.status !== 'True') {
    const rest = ['NamespaceThere', 'NamespaceClaimed', 'Permitted', 'ServiceAccountReady'].map((type) =>
      unknown(type, 'the cluster could not be asked'),
    )
    return { ...report, findings: [...report.findings, ...rest] }
  }
  const namespace = await quietly('NamespaceThere', () => inspectNamespace(api, target))
  const claim = await quietly('NamespaceClaimed', () => inspectClaim(api, target, owner))
  const permitted = await quietly('Permitted', () => inspectRights(api, target))
  const account = await quietly('ServiceAccountReady', () => inspectAccount(api, target))
  return {
    ...report,
    findings: [...report.findings, namespace, claim, permitted, account],
    claimable: namespace.status !== 'False' && claim.reason === 'Unclaimed',
  }
}

/** What may not be looked at is unknown, with the rule that would let it be seen. */
async function quietly(type: string, inspect: () => Promise<TargetFinding>): Promise<TargetFinding> {
  try {
    return await inspect()
  } catch (error) {
    const failure = unreachableFailure(error)
    if (failure instanceof Failure) return unknown(type, failure.message)
    throw error
  }
}

async function inspectNamespace(api: KubeApi, { namespace }: KubeTarget): Promise<TargetFinding> {
  const object = await api.find<{ metadata: { deletionTimestamp?: string } }>(`/api/v1/namespaces/${namespace}`)
  if (!object)
    return wrong(
      'NamespaceThere',
      'Missing',
      `there is no namespace ${namespace}: kubectl create namespace ${namespace}`,
    )
  if (object.metadata.deletionTimestamp !== undefined)
    return wrong('NamespaceThere', 'Terminating', `the namespace ${namespace} is being deleted`)
  return found('NamespaceThere', 'There', `the namespace ${namespace} is there`)
}

async function inspectClaim(api: KubeApi, { namespace }: KubeTarget, owner: TargetOwner): Promise<TargetFinding> {
  const holder = await claimant(api, namespace)
  if (!holder)
    return wrong('NamespaceClaimed', 'Unclaimed', `the namespace ${namespace} is not yet marked as this workspace's`)
  const problem = claimProblem(holder, { ...owner, namespace })
  return problem === undefined
    ? found('NamespaceClaimed', 'Ours', `the namespace ${namespace} is marked as this workspace's`)
    : wrong('NamespaceClaimed', 'TakenByOthers', problem)
}

interface AccessReview {
  status?: { allowed?: boolean }
}

async function missingRights(
  rights: readonly Right[],
  allowed: (right: Right) => Promise<AccessReview>,
): Promise<Right[]> {
  const reviews = await Promise.all(
    rights.map(async (right) => ({ right, allowed: (await allowed(right)).status?.allowed === true })),
  )
  return reviews.filter((review) => !review.allowed).map(({ right }) => right)
}

const attributes = (namespace: string, { group, resource, subresource, verb }: Right) => ({
  namespace,
  group,
  resource,
  verb,
  ...defined({ subresource }),
})

async function inspectRights(api: KubeApi, { namespace }: KubeTarget): Promise<TargetFinding> {
  const missing = await missingRights(rightsOf(CONTROL_PLANE_RULES), (right) =>
    api.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributes(namespace, right) },
    }),
  )
  return missing.length === 0
    ? found('Permitted', 'AllRights', `Weir may do in ${namespace} what it needs`)
    : wrong(
        'Permitted',
        'RightsMissing',
        `Weir's user lacks rights in the namespace ${namespace}. Add to its Role: ${asRules(missing)}`,
      )
}

async function inspectAccount(api: KubeApi, { namespace, serviceAccount }: KubeTarget): Promise<TargetFinding> {
  const account = await api.find(`/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}`)
  if (!account) {
    return wrong(
      'ServiceAccountReady',
      'Missing',
      `there is no service account ${serviceAccount} in ${namespace}: kubectl create serviceaccount ` +
        `${serviceAccount} -n ${namespace}, and bind a Role to it with ${asRules(rightsOf(FLINK_RULES))}`,
    )
  }
  const missing = await missingRights(rightsOf(FLINK_RULES), (right) =>
    api.create(`/apis/authorization.k8s.io/v1/namespaces/${namespace}/localsubjectaccessreviews`, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'LocalSubjectAccessReview',
      metadata: { namespace },
      spec: {
        user: `system:serviceaccount:${namespace}:${serviceAccount}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        resourceAttributes: attributes(namespace, right),
      },
    }),
  )
  return missing.length === 0
    ? found('ServiceAccountReady', 'AllRights', `the service account ${serviceAccount} may do what Flink's pods do`)
    : wrong(
        'ServiceAccountReady',
        'RightsMissing',
        `the service account ${serviceAccount} lacks rights that Flink's pods need in ${namespace}. ` +
          `Add to a Role that is bound to it: ${asRules(missing)}`,
      )
}
