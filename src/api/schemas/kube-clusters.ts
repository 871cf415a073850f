/** Schemas of Kubernetes clusters: how they are reached, in the words of a kubeconfig, and what was found there. */
import Type from 'typebox'
import type { KubeAuth as Auth } from '../../domain/kubernetes.ts'
import { Name, ResourceId } from './common.ts'
import { LIMITS, page, ref, stringEnum, Time } from './schema.ts'

/** PEM in base64; the largest bundles of authorities stay below. */
const pem = (description: string) => Type.String({ minLength: 1, maxLength: LIMITS.file, description })
const secret = Type.String({ minLength: 1, maxLength: 65_536 })

const serverProperties = {
  server: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: LIMITS.uri,
      description: 'Address of the API server, `https://HOST:PORT`. Left out with `inCluster`.',
    }),
  ),
  certificateAuthorityData: Type.Optional(
    pem('Certificates to trust: PEM text in base64. Left out: those that the system trusts.'),
  ),
  tlsServerName: Type.Optional(
    Type.String({
      maxLength: 253,
      pattern: '^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?$',
      description: 'the host name that the certificate of the server is for',
    }),
  ),
  insecureSkipTlsVerify: Type.Optional(Type.Boolean()),
  proxyUrl: Type.Optional(
    Type.String({ minLength: 1, maxLength: LIMITS.uri, description: '`http://`, `https://` or `socks5://`.' }),
  ),
  disableCompression: Type.Optional(Type.Boolean()),
}

export const KubeServer = Type.Object(serverProperties, { $id: 'KubeServer', additionalProperties: false })

const closed = { additionalProperties: false } as const

const authProperties = {
  clientCertificate: Type.Object(
    {
      clientCertificateData: pem('PEM text in base64.'),
      clientKeyData: pem('PEM text in base64.'),
    },
    closed,
  ),
  bearerToken: Type.Object({ token: secret }, closed),
  basic: Type.Object({ username: secret, password: secret }, closed),
  awsEksIam: Type.Object(
    {
      clusterName: Type.String({
        pattern: '^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$',
        description: 'the name of an EKS cluster',
      }),
      region: Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'a region of AWS' }),
      accessKeyId: Type.String({ pattern: '^[0-9A-Za-z]{16,128}$', description: 'the ID of an access key' }),
      secretAccessKey: secret,
      sessionToken: Type.Optional(secret),
    },
    closed,
  ),
  inCluster: Type.Object(
    {},
    { ...closed, description: 'The server runs in that cluster and has the service account of its pod.' },
  ),
}

const KINDS = Object.keys(authProperties) as (keyof typeof authProperties)[]

export const KubeAuth = Type.Unsafe<Auth>({
  $id: 'KubeAuth',
  type: 'object',
  properties: authProperties,
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  description: `exactly one of ${KINDS.join(', ')}`,
})

export const KubeClusterConfig = Type.Object(
  { cluster: ref(KubeServer), auth: ref(KubeAuth) },
  { $id: 'KubeClusterConfig', additionalProperties: false },
)

const clusterProperties = { name: Name, kubeClusterConfig: ref(KubeClusterConfig) }

export const ClusterSpec = Type.Object(clusterProperties, { $id: 'ClusterSpec', additionalProperties: false })

export const ClusterUpdate = Type.Partial(Type.Object(clusterProperties), {
  $id: 'ClusterUpdate',
  additionalProperties: false,
  description:
    '`kubeClusterConfig` is replaced whole: an answer never holds the credentials that would have to be merged.',
})

export const TargetStatus = Type.Object(
  {
    observedAt: Type.Optional(Time),
    checkRequestedAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'When a fresh look was last asked for; it has been had once `observedAt` is after it.',
      }),
    ),
    stale: Type.Boolean({ description: 'What follows was seen too long ago to be passed on as the present.' }),
    kubernetesVersion: Type.Optional(Type.String()),
    flinkVersions: Type.Optional(
      Type.Array(Type.String(), { description: 'The `flinkVersion`s that the operator there allows: `v1_18`.' }),
    ),
    conditions: Type.Array(
      Type.Object({
        type: Type.String(),
        status: stringEnum(['True', 'False', 'Unknown']),
        reason: Type.String(),
        message: Type.String(),
        since: Time,
      }),
    ),
  },
  { $id: 'PlaceStatus' },
)

export const Cluster = Type.Object(
  {
    id: ref(ResourceId),
    name: Type.String(),
    createdAt: Time,
    updatedAt: Time,
    revision: Type.Integer({ minimum: 1 }),
    kubeClusterConfig: Type.Object({
      cluster: ref(KubeServer),
      auth: Type.Object(
        { kind: stringEnum(KINDS) },
        { description: 'The kind of the credentials, never the credentials.' },
      ),
    }),
    status: ref(TargetStatus),
  },
  { $id: 'Cluster' },
)

export const ClusterList = page('ClusterList', ref(Cluster))
