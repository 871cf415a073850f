/**
 * The token that Amazon EKS takes: a GetCallerIdentity request to AWS STS, signed but never sent, as a URL. The
 * cluster's name is among the signed headers, so that a token is good for that cluster alone.
 */
import { createHash, createHmac } from 'node:crypto'

import type { KubeAuth } from '../../../domain/kubernetes.ts'

const CLUSTER_HEADER = 'x-k8s-aws-id'
/** How long the URL itself may be sent; EKS takes the token for 15 minutes from its date all the same. */
const EXPIRES_S = 60

type EksIdentity = NonNullable<KubeAuth['awsEksIam']>

export function eksToken(identity: EksIdentity, now: number): string {
  return `k8s-aws-v1.${Buffer.from(signedUrl(identity, now)).toString('base64url')}`
}

/** AWS Signature Version 4 in the query string, for this one request. */
function signedUrl(identity: EksIdentity, now: number): string {
  const { region, clusterName } = identity
  const host = `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const scope = [time.slice(0, 8), region, 'sts', 'aws4_request']
  const query = canonical({
    Action: 'GetCallerIdentity',
    Version: '2011-06-15',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [identity.accessKeyId, ...scope].join('/'),
    'X-Amz-Date': time,
    'X-Amz-Expires': String(EXPIRES_S),
    'X-Amz-SignedHeaders': `host;${CLUSTER_HEADER}`,
    ...(identity.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': identity.sessionToken }),
  })
  const request = [
    'GET',
    '/',
    query,
    `host:${host}`,
    `${CLUSTER_HEADER}:${clusterName}`,
    '',
    `host;${CLUSTER_HEADER}`,
    digest(''),
  ]
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), digest(request.join('\n'))].join('\n')
  const key = scope.reduce<string | Buffer>((secret, part) => mac(secret, part), `AWS4${identity.secretAccessKey}`)
  return `https://${host}/?${query}&X-Amz-Signature=${mac(key, toSign).toString('hex')}`
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** Sorted, and escaped as AWS wants it: more than encodeURIComponent does. */
function canonical(query: Record<string, string>): string {
  const escaped = (text: string): string =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return Object.entries(query)
    .map(([key, value]) => `${escaped(key)}=${escaped(value)}`)
    .sort()
    .join('&')
}
