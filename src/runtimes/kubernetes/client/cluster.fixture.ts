/** A namespace of one's own in a real cluster, and a TCP proxy before its API server that can be cut and frozen. */
import { randomBytes } from 'node:crypto'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'

import type { KubeClusterConfig } from '../../../domain/kubernetes.ts'
import { type KubeApi, kubeApi } from './api.ts'
import { connect } from './connection.ts'

export interface TestNamespace extends AsyncDisposable {
  config: KubeClusterConfig
  api: KubeApi
  name: string
  configMaps: string
}

export async function testNamespace(config: KubeClusterConfig): Promise<TestNamespace> {
  const connection = connect(config)
  const api = kubeApi(connection)
  const name = `client-test-${randomBytes(4).toString('hex')}`
  await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  return {
    config,
    api,
    name,
    configMaps: `/api/v1/namespaces/${name}/configmaps`,
    async [Symbol.asyncDispose]() {
      await api.delete(`/api/v1/namespaces/${name}`)
      await connection.close()
    },
  }
}

export const configMap = (name: string, value: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { test: 'client' } },
  data: { value },
})

export interface Line extends AsyncDisposable {
  /** The same API server, reached through this line. */
  config: KubeClusterConfig
  /** Breaks what is open and refuses what is new, until `mend`. */
  cut(): void
  /** Breaks what is open; the next connection comes about. */
  snap(): void
  /** Keeps all connections open and lets nothing through, in either direction. */
  freeze(): void
  mend(): void
}

export async function lineTo(config: KubeClusterConfig): Promise<Line> {
  const target = new URL(config.cluster.server ?? '')
  const pairs = new Set<readonly [Socket, Socket]>()
  let isCut = false
  let isFrozen = false
  const server = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connectTcp(Number(target.port || 443), target.hostname)
    const pair = [near, far] as const
    pairs.add(pair)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one
        .on('error', () => {})
        .on('close', () => {
          other.destroy()
          pairs.delete(pair)
        })
      one.on('data', (chunk) => {
        if (!isFrozen) other.write(chunk)
      })
    }
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const snap = (): void => {
    for (const [near] of pairs) near.destroy()
  }
  const port = (server.address() as AddressInfo).port
  return {
    config: {
      ...config,
      cluster: { ...config.cluster, server: `https://127.0.0.1:${port}`, tlsServerName: nameFor(target) },
    },
    cut() {
      isCut = true
      snap()
    },
    snap,
    freeze() {
      isFrozen = true
    },
    // What a frozen line swallowed is lost, so its connections are of no more use.
    mend() {
      isCut = false
      if (isFrozen) snap()
      isFrozen = false
    },
    async [Symbol.asyncDispose]() {
      snap()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

/** Every API server's certificate has this name; an address can't be a TLS server name. */
const nameFor = ({ hostname }: URL): string => (/^[\d.]+$|:/.test(hostname) ? 'kubernetes' : hostname)
