/** Service accounts in a real cluster that may do just what they are given, for tests of rights. */
import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { KubeServer } from '../../domain/kubernetes.ts'
import { type KubeApi, kubeApi } from './client/api.ts'
import { connect, type KubeConnection } from './client/connection.ts'
import { type Rule, rightsOf } from './rights.ts'

export interface Account extends AsyncDisposable {
  name: string
  connection: KubeConnection
  api: KubeApi
}

const RBAC = 'rbac.authorization.k8s.io'

/** Ready once the API server knows of its rights. `admin` may make accounts and roles. */
export async function accountWith(
  admin: KubeApi,
  server: KubeServer,
  namespace: string,
  rules: readonly Rule[],
): Promise<Account> {
  const name = `weir-test-${randomBytes(4).toString('hex')}`
  const metadata = { name, namespace }
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  const roles = `/apis/${RBAC}/v1/namespaces/${namespace}`
  await admin.create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
  await admin.create(`${roles}/roles`, { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules })
  await admin.create(`${roles}/rolebindings`, {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: RBAC, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  })
  const {
    status: { token },
  } = await admin.create<{ status: { token: string } }>(`${accounts}/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  })
  const connection = connect({ cluster: server, auth: { bearerToken: { token } } })
  const api = kubeApi(connection)
  for (const { group, resource, subresource, verb } of rightsOf(rules.slice(0, 1))) {
    await expect
      .poll(
        async () =>
          (
            await api.create<{ status: { allowed: boolean } }>(
              '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
              {
                apiVersion: 'authorization.k8s.io/v1',
                kind: 'SelfSubjectAccessReview',
                spec: { resourceAttributes: { namespace, group, resource, subresource, verb } },
              },
            )
          ).status.allowed,
        { timeout: 20_000 },
      )
      .toBe(true)
  }
  return {
    name,
    connection,
    api,
    async [Symbol.asyncDispose]() {
      await connection.close()
      for (const path of [`${roles}/rolebindings/${name}`, `${roles}/roles/${name}`, `${accounts}/${name}`])
        await admin.delete(path)
    },
  }
}
