import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { authority, base64 } from '../../tests/support/certificates.ts'
import { clusterViolations } from './kube-cluster-violations.ts'
import type { KubeAuth, KubeServer } from './kubernetes.ts'

const trusted = authority()
const issued = trusted.issue('someone')
const bearer: KubeAuth = { bearerToken: { token: 'abc.def-ghi' } }
const server = 'https://10.0.0.1:6443'
const certificate = (clientCertificateData: string, clientKeyData: string): KubeAuth => ({
  clientCertificate: { clientCertificateData, clientKeyData },
})

const reported = (cluster: KubeServer, auth: KubeAuth = bearer) =>
  clusterViolations({ cluster, auth }).map(
    ({ path, message }) => `${path.replace('/kubeClusterConfig/', '')}: ${message}`,
  )

describe('how a cluster is reached', () => {
  test('as a kubeconfig says it there is nothing wrong', () => {
    expect(reported({ server })).toEqual([])
    expect(
      reported({
        server: 'https://host/k8s/clusters/c-1',
        tlsServerName: 'kube',
        insecureSkipTlsVerify: true,
        disableCompression: true,
      }),
    ).toEqual([])
    expect(
      reported({
        server,
        certificateAuthorityData: base64(trusted.cert + trusted.issue('other').cert),
        insecureSkipTlsVerify: false,
      }),
    ).toEqual([])
    expect(
      reported({ server, proxyUrl: 'socks5://me:pw@proxy:1080' }, certificate(base64(issued.cert), base64(issued.key))),
    ).toEqual([])
    expect(reported({ server: 'http://127.0.0.1:8001' }, { basic: { username: 'me', password: 'a:b c' } })).toEqual([])
    expect(reported({}, { inCluster: {} })).toEqual([])
  })

  test('the address is that of the API server, and left out inside the cluster only', () => {
    expect(reported({})).toEqual([expect.stringMatching(/^cluster\/server: is required/)])
    expect(reported({ server }, { inCluster: {} })).toEqual([
      expect.stringMatching(/^cluster\/server: must be left out with `inCluster`/),
    ])
    for (const wrong of [
      '',
      'kube.example:6443',
      '10.0.0.1',
      'ftp://host',
      'https://',
      'https://ho st',
      'https://me:pw@host',
      'https://host/?a=b',
      'https://host/#a',
    ]) {
      expect([wrong, reported({ server: wrong })]).toEqual([wrong, [expect.stringMatching(/^cluster\/server: must/)]])
    }
  })

  test('a client certificate is shown in TLS only', () => {
    expect(reported({ server: 'http://host' }, certificate(base64(issued.cert), base64(issued.key)))).toEqual([
      expect.stringContaining('must be https'),
    ])
  })

  test('a proxy is one that speaks HTTP or SOCKS', () => {
    for (const proxyUrl of ['proxy:3128', 'socks4://h:1', 'http://', 'http://h/?x']) {
      expect(reported({ server, proxyUrl })).toEqual([
        expect.stringMatching(/^cluster\/proxyUrl: must be an http, https or socks5 address/),
      ])
    }
  })
})

describe('certificates', () => {
  test.each([
    ['PEM as it stands', trusted.cert, /is PEM text as it stands/],
    ['no base64', '%%%', /is not base64/],
    ['nothing', '', /is not base64/],
    ['something else', base64('hello'), /holds no PEM text/],
    ['a key', base64(issued.key), /holds no certificate/],
    ['a damaged one', base64(trusted.cert.replace(/\n.{20}/, '\nAAAA')), /holds a certificate that cannot be read/],
    [
      'a good and a damaged one',
      base64(`${trusted.cert}${trusted.cert.replace(/\n.{20}/, '\nAAAA')}`),
      /certificate 2 in it cannot be read/,
    ],
  ])('%s is told as what it is', (_what, certificateAuthorityData, message) => {
    expect(reported({ server, certificateAuthorityData })).toEqual([expect.stringMatching(message)])
  })

  test('to trust nobody and everybody is a contradiction', () => {
    expect(reported({ server, certificateAuthorityData: base64(trusted.cert), insecureSkipTlsVerify: true })).toEqual([
      expect.stringMatching(/^cluster\/insecureSkipTlsVerify: contradicts/),
    ])
  })
})

describe('credentials', () => {
  test("a key that is another certificate's, or none", () => {
    expect(reported({ server }, certificate(base64(issued.cert), base64(trusted.issue('other').key)))).toEqual([
      expect.stringMatching(/clientKeyData: is not the key of the certificate/),
    ])
    expect(reported({ server }, certificate('x', 'y'))).toHaveLength(2)
    expect(
      reported(
        { server },
        certificate(base64(issued.cert), base64('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')),
      ),
    ).toEqual([expect.stringMatching(/clientKeyData: holds no private key that can be read/)])
  })

  test('a key with a passphrase can be used by nobody', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string
    expect(reported({ server }, certificate(base64(issued.cert), base64(locked)))).toEqual([
      expect.stringMatching(/is encrypted with a passphrase/),
    ])
  })

  test('nothing can end the header line that it is sent in', () => {
    expect(reported({ server }, { bearerToken: { token: 'a\r\nX: y' } })).toEqual([
      expect.stringMatching(/^auth\/bearerToken\/token: holds characters/),
    ])
    expect(reported({ server }, { bearerToken: { token: 'abc\n' } })).toEqual([
      expect.stringContaining('has white space around it'),
    ])
    expect(reported({ server }, { basic: { username: 'a:b', password: 'x\ny' } })).toEqual([
      expect.stringMatching(/^auth\/basic\/username/),
      expect.stringMatching(/^auth\/basic\/password/),
    ])
  })

  test('are repeated by no message', () => {
    const secret = 'hunter2'
    const all = [
      reported(
        { server: `https://me:${secret}@h`, proxyUrl: `ftp://${secret}`, certificateAuthorityData: secret },
        { bearerToken: { token: `${secret} ` } },
      ),
      reported({ server }, certificate(secret, secret)),
      reported({ server }, { basic: { username: `${secret}:`, password: `${secret}\n` } }),
    ]
    expect(all.flat().length).toBe(8)
    expect(JSON.stringify(all)).not.toContain(secret)
  })
})
