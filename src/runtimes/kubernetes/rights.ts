/**
 * What the control plane may do in a namespace, at least: one table, from which missing rights are told and the
 * documented Role is made. And what Flink's own pods need there.
 */
import { defined } from '../../domain/defined.ts'
import type { KubeError } from './client/api.ts'

export interface Rule {
  apiGroups: string[]
  resources: string[]
  verbs: string[]
}

/** By what is done with it. */
export const CONTROL_PLANE_RULES: readonly Rule[] = [
  {
    apiGroups: ['flink.apache.org'],
    resources: ['flinkdeployments', 'flinksessionjobs'],
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'delete'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  // Flink's REST API, by way of the API server.
  { apiGroups: [''], resources: ['services/proxy'], verbs: ['get', 'create', 'patch', 'delete'] },
  // The plan of what is fetched into lib/extra and plugins, with the credentials that addresses may hold.
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch', 'delete'] },
  // The claim of the namespace.
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'delete'] },
  { apiGroups: [''], resources: ['namespaces', 'serviceaccounts'], verbs: ['get'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
]

/**
 * What Flink's native mode does as the workspace's service account: its TaskManagers, and the metadata of high
 * availability.
 */
export const FLINK_RULES: readonly Rule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  // Leaders are elected by patches of ConfigMaps; without that right a JobManager with high availability never becomes
  // one.
  {
    apiGroups: [''],
    resources: ['configmaps'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  },
  { apiGroups: [''], resources: ['services'], verbs: ['get'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
  // TaskManagers block their owner's deletion, which clusters that enforce it (OpenShift) allow to whoever may finalize
  // that.
  { apiGroups: ['apps'], resources: ['deployments/finalizers'], verbs: ['update'] },
]

/** One right, as an access review asks for it. */
export interface Right {
  group: string
  resource: string
  subresource?: string
  verb: string
}

export const rightsOf = (rules: readonly Rule[]): Right[] =>
  rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((full) => {
        const [resource = '', subresource] = full.split('/')
        return verbs.map((verb) => ({ group, resource, verb, ...defined({ subresource }) }))
      }),
    ),
  )

/** The missing rights as rules of a Role, on one line each, for people to copy. */
export function asRules(rights: readonly Right[]): string {
  const byResource = new Map<string, { group: string; resource: string; verbs: string[] }>()
  for (const { group, resource, subresource, verb } of rights) {
    const full = subresource === undefined ? resource : `${resource}/${subresource}`
    const rule = byResource.get(`${group}/${full}`) ?? { group, resource: full, verbs: [] }
    rule.verbs.push(verb)
    byResource.set(`${group}/${full}`, rule)
  }
  return [...byResource.values()]
    .map(
      ({ group, resource, verbs }) =>
        `{apiGroups: ["${group}"], resources: [${resource}], verbs: [${verbs.join(', ')}]}`,
    )
    .join(', ')
}

/**
 * What every authorizer's refusal says; quotas, webhooks and namespaces that are being deleted forbid in other words.
 */
const DENIED = /cannot \S+ resource "([^"]+)" in API group "([^"]*)"/

/** The rule that a refusal asks for, if it is one of ours. */
export function missingRule({ reason, message }: KubeError): string | undefined {
  const [, resource, group] = (reason === 'Forbidden' && DENIED.exec(message)) || []
  if (resource === undefined || group === undefined) return undefined
  const rule = CONTROL_PLANE_RULES.find(
    ({ resources, apiGroups }) => apiGroups.includes(group) && resources.includes(resource),
  )
  return rule && asRules(rightsOf([{ ...rule, resources: [resource] }]))
}
