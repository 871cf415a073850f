/** What is wrong with how a Kubernetes cluster is reached, all of it at once. Pure; no message repeats a credential. */
import { readCertificates, readPrivateKey } from './certificates.ts'
import { pointer, type Violation } from './configuration.ts'
import type { KubeAuth, KubeClusterConfig, KubeServer } from './kubernetes.ts'

const ROOT = 'kubeClusterConfig'

/** Everything that the schema can't tell. Paths lead into the body of a request. */
export function clusterViolations({ cluster, auth }: KubeClusterConfig): Violation[] {
  return [
    ...serverViolations(cluster, auth),
    ...trustViolations(cluster),
    ...proxyViolations(cluster),
    ...authViolations(auth),
  ]
}

const at = (path: readonly string[], message: string | undefined): Violation[] =>
  message === undefined ? [] : [{ path: pointer(ROOT, ...path), message }]

function serverViolations({ server }: KubeServer, auth: KubeAuth): Violation[] {
  const path = ['cluster', 'server']
  if (auth.inCluster) {
    return at(
      path,
      server === undefined
        ? undefined
        : 'must be left out with `inCluster`: the address is the one that every pod is given',
    )
  }
  if (server === undefined) return at(path, 'is required: the address of the API server, like https://10.0.0.1:6443')
  const url = readUrl(server)
  if (!url || !['http:', 'https:'].includes(url.protocol))
    return at(path, 'must be an http or https address, like https://10.0.0.1:6443')
  if (url.username !== '' || url.password !== '')
    return at(path, 'must hold no user and password: credentials belong in `auth`')
  if (/[?#]/.test(server)) return at(path, 'must end with its path: no query and no fragment')
  if (auth.clientCertificate && url.protocol === 'http:')
    return at(path, 'must be https, since a client certificate is shown in TLS only')
  return []
}

function trustViolations({ certificateAuthorityData, insecureSkipTlsVerify }: KubeServer): Violation[] {
  if (certificateAuthorityData === undefined) return []
  const read = readCertificates(certificateAuthorityData)
  const contradiction =
    'contradicts `certificateAuthorityData`: a server that is not verified needs no certificates; leave one of them out'
  return [
    ...at(['cluster', 'certificateAuthorityData'], 'problem' in read ? read.problem : undefined),
    ...at(['cluster', 'insecureSkipTlsVerify'], insecureSkipTlsVerify ? contradiction : undefined),
  ]
}

function proxyViolations({ proxyUrl }: KubeServer): Violation[] {
  if (proxyUrl === undefined) return []
  const url = readUrl(proxyUrl)
  const fits = url && ['http:', 'https:', 'socks5:'].includes(url.protocol) && url.host !== '' && !/[?#]/.test(proxyUrl)
  return at(
    ['cluster', 'proxyUrl'],
    fits ? undefined : 'must be an http, https or socks5 address, like http://proxy.example:3128',
  )
}

/** The schema has seen to it that there is exactly one. */
function authViolations({ clientCertificate, bearerToken, basic }: KubeAuth): Violation[] {
  return [
    ...(clientCertificate ? certificateViolations(clientCertificate) : []),
    ...at(['auth', 'bearerToken', 'token'], bearerToken && headerProblem(bearerToken.token, /^[\x21-\x7E]+$/)),
    ...at(['auth', 'basic', 'username'], basic && headerProblem(basic.username, /^[^:\p{Cc}]+$/u)),
    ...at(['auth', 'basic', 'password'], basic && headerProblem(basic.password, /^[^\p{Cc}]+$/u)),
  ]
}

/** What goes into a header line may not end it. */
function headerProblem(text: string, allowed: RegExp): string | undefined {
  if (allowed.test(text)) return undefined
  return text.trim() === text
    ? 'holds characters that cannot be sent in a header'
    : 'has white space around it: leave that out'
}

function certificateViolations({
  clientCertificateData,
  clientKeyData,
}: NonNullable<KubeAuth['clientCertificate']>): Violation[] {
  const path = ['auth', 'clientCertificate']
  const certificates = readCertificates(clientCertificateData)
  const key = readPrivateKey(clientKeyData)
  if ('problem' in certificates || 'problem' in key) {
    return [
      ...at([...path, 'clientCertificateData'], 'problem' in certificates ? certificates.problem : undefined),
      ...at([...path, 'clientKeyData'], 'problem' in key ? key.problem : undefined),
    ]
  }
  const fits = certificates.value[0]?.checkPrivateKey(key.value)
  return at(
    [...path, 'clientKeyData'],
    fits ? undefined : 'is not the key of the certificate in `clientCertificateData`',
  )
}

function readUrl(text: string): URL | undefined {
  return /[\s\p{Cc}]/u.test(text) ? undefined : (URL.parse(text) ?? undefined)
}
