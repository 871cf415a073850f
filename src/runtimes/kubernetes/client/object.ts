/** What all objects of Kubernetes have in common. */

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** Items of lists of built-in kinds come without `apiVersion` and `kind`. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata: {
    name: string
    namespace?: string
    uid?: string
    resourceVersion?: string
    generation?: number
    labels?: Record<string, string>
    annotations?: Record<string, string>
    creationTimestamp?: string
    deletionTimestamp?: string
    finalizers?: string[]
    ownerReferences?: OwnerReference[]
    managedFields?: unknown[]
  }
}

/**
 * Whether `a` is an older resource version than `b`; undefined where one of them isn't a number, as those of all kinds
 * kept in etcd are.
 */
export function isOlder(a: string | undefined, b: string | undefined): boolean | undefined {
  if (a === undefined || b === undefined || !/^\d+$/.test(a) || !/^\d+$/.test(b)) return undefined
  return BigInt(a) < BigInt(b)
}
