/** Schemas of the organization group: who is calling, and the workspaces. */
import Type from 'typebox'
import { ResourceId } from './common.ts'
import { targetShapes } from './kube-clusters.ts'
import { LIMITS, optionalText, ref, stringEnum, Time } from './schema.ts'

export const ServiceAccount = Type.Object(
  { id: ref(ResourceId), username: Type.String(), description: Type.String(), createdAt: Time, updatedAt: Time },
  { $id: 'ServiceAccount' },
)

export const CurrentIdentity = Type.Object(
  {
    root: Type.Optional(Type.Object({}, { description: 'The caller has a root key.' })),
    serviceAccount: Type.Optional(ref(ServiceAccount)),
  },
  { $id: 'CurrentIdentity', description: 'Exactly one of the properties is there.' },
)

export const KeyList = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        id: Type.String({
          pattern: '^[0-9A-F]{16}$',
          description: 'The first 16 digits of the SHA-256 of the key, in capital letters.',
        }),
        createdAt: Time,
      }),
    ),
  },
  { $id: 'KeyList', description: 'Keys by their IDs. A key itself is never answered.' },
)

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'

const written = {
  kubeClusterId: optionalText('the ID of a cluster, in capital letters and digits', { pattern: '^[A-Z0-9]{1,20}$' }),
  kubeNamespace: optionalText(
    'the name of a namespace: up to 63 small letters, digits and dashes, with a letter or digit at both ends',
    { maxLength: 63, pattern: `^${LABEL}$` },
  ),
  kubeServiceAccount: optionalText(
    "the name of a service account, which Flink's pods run as: small letters, digits, dashes and dots",
    { maxLength: 253, pattern: `^${LABEL}(\\.${LABEL})*$` },
  ),
  kubeStorage: optionalText(
    'A folder that Flink reaches from every pod (`s3://bucket/weir`), for checkpoints, savepoints and high ' +
      'availability.',
    { minLength: 1, maxLength: LIMITS.uri },
  ),
}

const answered = {
  kubeClusterId: Type.Optional(ref(ResourceId)),
  kubeNamespace: optionalText(),
  kubeServiceAccount: optionalText(),
  kubeStorage: optionalText(),
  state: stringEnum(['ACTIVE', 'DELETING']),
}

export const Workspace = targetShapes(
  'Workspace',
  { written, changed: {}, answered },
  {
    spec:
      'In a namespace of a Kubernetes cluster; without `kubeClusterId`, `kubeNamespace` and `kubeServiceAccount` on ' +
      'this machine.',
    example: { name: 'reports' },
  },
)
