/** Schemas of Kubernetes clusters: how they are reached, in the words of a kubeconfig, and what was found there. */
import type { TProperties } from 'typebox'
import Type from 'typebox'
import { defined } from '../../domain/defined.ts'
import type { KubeAuth as Auth } from '../../domain/kubernetes.ts'
import { Name, ResourceId } from './common.ts'
import { Conditions, closed, LIMITS, optionalText, page, ref, stringEnum, Time } from './schema.ts'

/** PEM in base64; the largest bundles of authorities stay below. */
const pem = (description: string) => Type.String({ minLength: 1, maxLength: LIMITS.file, description })
const secret = Type.String({ minLength: 1, maxLength: 65_536 })
const uri = { minLength: 1, maxLength: LIMITS.uri }

export const KubeServer = closed(
  {
    server: optionalText('Address of the API server, `https://HOST:PORT`. Left out with `inCluster`.', uri),
    certificateAuthorityData: Type.Optional(
      pem('Certificates to trust: PEM text in base64. Left out: those that the system trusts.'),
    ),
    tlsServerName: optionalText('the host name that the certificate of the server is for', {
      maxLength: 253,
      pattern: '^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?$',
    }),
    insecureSkipTlsVerify: Type.Optional(Type.Boolean()),
    proxyUrl: optionalText('`http://`, `https://` or `socks5://`.', uri),
    disableCompression: Type.Optional(Type.Boolean()),
  },
  { $id: 'KubeServer' },
)

const authProperties = {
  clientCertificate: closed({
    clientCertificateData: pem('PEM text in base64.'),
    clientKeyData: pem('PEM text in base64.'),
  }),
  bearerToken: closed({ token: secret }),
  basic: closed({ username: secret, password: secret }),
  awsEksIam: closed({
    clusterName: Type.String({
      pattern: '^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$',
      description: 'the name of an EKS cluster',
    }),
    region: Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'a region of AWS' }),
    accessKeyId: Type.String({ pattern: '^[0-9A-Za-z]{16,128}$', description: 'the ID of an access key' }),
    secretAccessKey: secret,
    sessionToken: Type.Optional(secret),
  }),
  inCluster: closed({}, { description: 'The server runs in that cluster and has the service account of its pod.' }),
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

export const KubeClusterConfig = closed({ cluster: ref(KubeServer), auth: ref(KubeAuth) }, { $id: 'KubeClusterConfig' })

export const TargetStatus = Type.Object(
  {
    observedAt: Type.Optional(Time),
    checkRequestedAt: optionalText(
      'When a fresh look was last asked for; it has been had once `observedAt` is after it.',
      { format: 'date-time' },
    ),
    stale: Type.Boolean({ description: 'What follows was seen too long ago to be passed on as the present.' }),
    kubernetesVersion: optionalText(),
    flinkVersions: Type.Optional(
      Type.Array(Type.String(), { description: 'The `flinkVersion`s that the operator there allows: `v1_18`.' }),
    ),
    conditions: Conditions,
  },
  { $id: 'PlaceStatus' },
)

/** All shapes of a kind of deployment target; a list has them in full. */
export function targetShapes<const S extends TProperties, const C extends TProperties, const A extends TProperties>(
  $id: string,
  { written, changed, answered }: { written: S; changed: C; answered: A },
  { spec: specDescription, update, example }: { spec?: string; update?: string; example: object },
) {
  const full = Type.Object(
    {
      id: ref(ResourceId),
      name: Type.String(),
      createdAt: Time,
      updatedAt: Time,
      revision: Type.Integer({ minimum: 1 }),
      ...answered,
      status: ref(TargetStatus),
    },
    { $id },
  )
  return {
    spec: closed({ name: Name, ...written }, { $id: `${$id}Spec`, examples: [example], ...described(specDescription) }),
    update: Type.Partial(Type.Object({ name: Name, ...changed }), {
      $id: `${$id}Update`,
      additionalProperties: false,
      ...described(update),
    }),
    summary: full,
    list: page(`${$id}List`, ref(full)),
    full,
  }
}

const described = (description?: string) => defined({ description })

const kubeClusterConfig = ref(KubeClusterConfig)

export const Cluster = targetShapes(
  'Cluster',
  {
    written: { kubeClusterConfig },
    changed: { kubeClusterConfig },
    answered: {
      kubeClusterConfig: Type.Object({
        cluster: ref(KubeServer),
        auth: Type.Object(
          { kind: stringEnum(KINDS) },
          { description: 'The kind of the credentials, never the credentials.' },
        ),
      }),
    },
  },
  {
    update:
      '`kubeClusterConfig` is replaced whole: an answer never holds the credentials that would have to be merged.',
    example: {
      name: 'production',
      kubeClusterConfig: {
        cluster: { server: 'https://kubernetes.example:6443' },
        auth: { bearerToken: { token: 'TOKEN' } },
      },
    },
  },
)
