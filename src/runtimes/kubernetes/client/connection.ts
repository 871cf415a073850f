/**
 * How requests get to one API server: address, TLS, proxy, credentials. The dispatcher adds the credentials below
 * whatever speaks HTTP above it, so that they stand in no URL, no error and nobody else's hands; it refuses to send
 * them to any other address.
 */
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContext } from 'node:tls'

import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici'

import {
  type AddressRule,
  addressRule,
  guardedConnect,
  guardedLookup,
  OWN_NETWORKS,
  refusedLiteral,
} from '../../../artifacts/addresses.ts'
import { type Clock, systemClock } from '../../../domain/clock.ts'
import type { KubeClusterConfig, KubeServer } from '../../../domain/kubernetes.ts'
import { type Credentials, credentialsOf } from './credentials.ts'
import { KubeUnreachable, NOBODYS } from './errors.ts'

export interface KubeConnection {
  /** Base URL of the API server without a slash at its end; it may have a path. */
  readonly server: string
  /** What people are told of it: its host and port, and those of the proxy. */
  readonly label: string
  /** Adds credentials and TLS: for whatever speaks HTTP to or through the API server (the service proxy). */
  readonly dispatcher: Dispatcher
  /** Whether answers may be asked for compressed. */
  readonly compression: boolean
  /** The API server refused the credentials (401). Answers whether another try may go better, with renewed ones. */
  refused(): boolean
  /** Ends what is under way. */
  close(): Promise<void>
}

export interface ConnectOptions {
  env?: NodeJS.ProcessEnv
  /** Where Kubernetes puts a pod's token and the CA's certificate. */
  inClusterFolder?: string
  clock?: Clock
  /** Ranges (CIDR) of special addresses that are good beside one's own networks. */
  allowAddresses?: readonly string[]
}

const IN_CLUSTER_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'
const CONNECT_TIMEOUT_MS = 5000
/** Longer than the pause between two heartbeats, so that a quiet connection is not made anew each time. */
const KEEP_ALIVE_MS = 30_000
/** A peer that is gone is noticed by the kernel after this and about ten seconds, although nothing is sent. */
const TCP_KEEP_ALIVE_MS = 10_000

/** Throws KubeUnreachable where the configuration can't work; sends nothing. */
export function connect(config: KubeClusterConfig, options: ConnectOptions = {}): KubeConnection {
  const folder = options.inClusterFolder ?? IN_CLUSTER_FOLDER
  const server = serverUrl(config, options.env ?? process.env)
  const credentials = credentialsOf(config.auth, { clock: options.clock ?? systemClock, tokenFile: `${folder}/token` })
  const proxy = proxyUrl(config.cluster)
  const rule = addressRule([...OWN_NETWORKS, ...(options.allowAddresses ?? [])])
  refuseAddress(rule, 'server', server)
  refuseAddress(rule, 'proxyUrl', proxy)
  const agent = agentFor(rule, proxy, tls(config, folder))
  return {
    server: server.href.replace(/(?<!\/)\/+$/, ''),
    label: proxy === undefined ? server.host : `${server.host} (through the proxy ${proxy.host})`,
    dispatcher: agent.compose(identified(server.origin, credentials)),
    compression: !config.cluster.disableCompression,
    refused: () => credentials.refused(),
    close: () => agent.destroy(),
  }
}

function serverUrl({ cluster, auth }: KubeClusterConfig, env: NodeJS.ProcessEnv): URL {
  const text = cluster.server ?? (auth.inCluster ? inClusterServer(env) : undefined)
  if (text === undefined) throw new KubeUnreachable('The cluster has no address: set `server`')
  const url = URL.canParse(text) ? new URL(text) : undefined
  // The text itself may hold a password and is not repeated.
  if (!url || !/^https?:$/.test(url.protocol)) throw new KubeUnreachable('`server` must be https://HOST:PORT')
  if (url.username || url.password || url.search || url.hash)
    throw new KubeUnreachable('`server` must be an address without credentials or query')
  return url
}

function inClusterServer(env: NodeJS.ProcessEnv): string {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) {
    throw new KubeUnreachable(
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: `inCluster` works in a pod of that cluster ' +
        'only',
    )
  }
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`
}

interface TlsOptions {
  secureContext: SecureContext
  servername?: string
  rejectUnauthorized: boolean
}

/** One context for all connections: certificates are parsed once, and a wrong one is told at once. */
function tls({ cluster, auth }: KubeClusterConfig, folder: string): TlsOptions {
  const { clientCertificate } = auth
  const ca =
    cluster.certificateAuthorityData !== undefined
      ? decoded('certificateAuthorityData', cluster.certificateAuthorityData)
      : auth.inCluster
        ? fileOf(`${folder}/ca.crt`)
        : undefined
  const cert = clientCertificate && decoded('clientCertificateData', clientCertificate.clientCertificateData)
  const key = clientCertificate && decoded('clientKeyData', clientCertificate.clientKeyData)
  return {
    secureContext: context({ ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}) }),
    ...(cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
    rejectUnauthorized: !cluster.insecureSkipTlsVerify,
  }
}

function decoded(field: string, base64: string): string {
  const text = Buffer.from(base64, 'base64').toString('utf8')
  if (!text.includes('-----BEGIN ')) throw new KubeUnreachable(`\`${field}\` is not base64 of a PEM text`)
  return text
}

function fileOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new KubeUnreachable(
      `${path} can't be read (${(error as NodeJS.ErrnoException).code}): \`inCluster\` needs a pod with a service ` +
        `account`,
    )
  }
}

function context(options: { ca?: string; cert?: string; key?: string }): SecureContext {
  try {
    return createSecureContext(options)
  } catch (error) {
    // OpenSSL's words name the flaw and never the contents.
    throw new KubeUnreachable(`The certificates or the key of the cluster can't be used: ${(error as Error).message}`)
  }
}

function proxyUrl({ proxyUrl: text }: KubeServer): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^(https?|socks5):$/.test(url.protocol))
    throw new KubeUnreachable('`proxyUrl` must be http://, https:// or socks5://HOST:PORT')
  return url
}

/**
 * API servers are named by callers, and are in one's own networks as a rule: those are good, and what is nobody's host,
 * or answers a cloud's machines, is not. A proxy looks up names itself; its own address is checked.
 */
function refuseAddress(rule: AddressRule, field: string, url: URL | undefined): void {
  const refused = url && refusedLiteral(rule, url.hostname)
  if (refused) throw new KubeUnreachable(`\`${field}\` is ${refused.address}: ${NOBODYS}`)
}

/** HTTP/1.1: a watch then has a connection of its own, and one that hangs holds up nothing else. */
function agentFor(
  rule: AddressRule,
  proxy: URL | undefined,
  requestTls: TlsOptions,
): Agent | ProxyAgent | Socks5ProxyAgent {
  const common = { allowH2: false, keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: 0, bodyTimeout: 0 }
  const connecting = { timeout: CONNECT_TIMEOUT_MS, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS, allowH2: false }
  if (!proxy) return new Agent({ ...common, connect: guardedConnect(rule, { ...connecting, ...requestTls }) })
  const tls = { ...connecting, ...requestTls }
  if (proxy.protocol === 'socks5:')
    return new Socks5ProxyAgent(proxy.href, { ...common, connect: guardedConnect(rule, connecting), requestTls: tls })
  return new ProxyAgent({
    ...common,
    proxyTls: { ...connecting, lookup: guardedLookup(rule) },
    uri: proxy.href,
    requestTls: tls,
  })
}

/** Puts the credentials into each request to `origin`. */
function identified(origin: string, credentials: Credentials): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    if (options.origin === undefined || new URL(options.origin).origin !== origin)
      throw new KubeUnreachable(`This connection leads to ${origin} only`)
    const send = (own: Record<string, string>): boolean =>
      dispatch({ ...options, headers: withOwn(options.headers, own) }, handler)
    const headers = credentials.headers()
    if (!(headers instanceof Promise)) return send(headers)
    headers.then(send).catch((error: unknown) => {
      handler.onResponseError?.(undefined as never, error instanceof Error ? error : new Error(String(error)))
    })
    return true
  }
}

/** Headers come in several forms; what callers say about authorization doesn't count. */
function withOwn(
  headers: Dispatcher.DispatchOptions['headers'],
  own: Record<string, string>,
): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = {}
  const put = (name: string, value: string | string[] | undefined | null): void => {
    if (value != null) all[name.toLowerCase()] = value
  }
  if (Array.isArray(headers)) {
    for (let at = 0; at + 1 < headers.length; at += 2) put(String(headers[at]), headers[at + 1] as string)
  } else if (headers && Symbol.iterator in headers) {
    for (const [name, value] of headers as Iterable<[string, string | string[] | undefined]>) put(name, value)
  } else {
    for (const [name, value] of Object.entries(headers ?? {})) put(name, value as string)
  }
  return { ...all, ...own }
}
