/** The cluster of KUBECONFIG's current context, for tests; data is expected in the file itself. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { KubeClusterConfig } from '../../src/domain/kubernetes.ts'

interface File {
  'current-context': string
  contexts: { name: string; context: { cluster: string; user: string } }[]
  clusters: { name: string; cluster: Record<string, string> }[]
  users: { name: string; user: Record<string, string> }[]
}

export function kubeconfig(path: string | undefined = process.env['KUBECONFIG']): KubeClusterConfig {
  if (!path) throw new Error('KUBECONFIG is not set: it must name the kubeconfig of a cluster for tests')
  const file = parse(readFileSync(path, 'utf8')) as File
  const context = file.contexts.find(({ name }) => name === file['current-context'])?.context
  const cluster = file.clusters.find(({ name }) => name === context?.cluster)?.cluster ?? {}
  const user = file.users.find(({ name }) => name === context?.user)?.user ?? {}
  const ca = cluster['certificate-authority-data']
  return {
    cluster: { server: cluster['server'] ?? '', ...(ca !== undefined && { certificateAuthorityData: ca }) },
    auth:
      user['token'] !== undefined
        ? { bearerToken: { token: user['token'] } }
        : {
            clientCertificate: {
              clientCertificateData: user['client-certificate-data'] ?? '',
              clientKeyData: user['client-key-data'] ?? '',
            },
          },
  }
}
