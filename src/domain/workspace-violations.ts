/** What is wrong with where a workspace is meant to be, all of it at once. Pure. */
import type { Violation } from './configuration.ts'

/** The fields that say where on Kubernetes a workspace is, as a caller writes them. */
export interface WorkspaceTarget {
  kubeClusterId?: string
  kubeNamespace?: string
  kubeServiceAccount?: string
  kubeStorage?: string
}

const TOGETHER = ['kubeClusterId', 'kubeNamespace', 'kubeServiceAccount'] as const

/** File systems whose addresses have the name of a container before the @. */
const WITH_CONTAINER = ['abfs', 'abfss', 'wasb', 'wasbs']

export function workspaceViolations(target: WorkspaceTarget): Violation[] {
  const given = TOGETHER.filter((field) => target[field] !== undefined)
  const missing = TOGETHER.filter((field) => target[field] === undefined)
  const onKubernetes = given.length > 0 || target.kubeStorage !== undefined
  const because = given.length > 0 ? given.join(' and ') : 'kubeStorage'
  const storage = target.kubeStorage === undefined ? undefined : storageProblem(target.kubeStorage)
  return [
    ...(onKubernetes ? missing : []).map((field) => ({
      path: `/${field}`,
      message: `is required beside ${because}; a workspace without any of these fields is one on this machine`,
    })),
    ...(storage === undefined ? [] : [{ path: '/kubeStorage', message: storage }]),
  ]
}

function storageProblem(uri: string): string | undefined {
  const [, scheme = '', address = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^\s\p{Cc}]+)$/u.exec(uri) ?? []
  if (address === '') return 'must be the address of a folder, with its file system: s3://bucket/weir'
  if (/^(https?|local|maven|artifact)$/.test(scheme))
    return `must be a folder that Flink can write to, which ${scheme}:// is not`
  if (/[?#]/.test(address)) return 'must end with its path: no query and no fragment'
  const [authority = ''] = address.split('/')
  const user = authority.includes('@') ? (authority.split('@')[0] ?? '') : undefined
  if (user !== undefined && (user.includes(':') || !WITH_CONTAINER.includes(scheme))) {
    return 'must hold no credentials: they belong in the configuration of a session, or with the service account'
  }
  return undefined
}
