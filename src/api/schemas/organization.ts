/** Schemas of the organization group: who is calling, and the workspaces. */
import Type from 'typebox'
import { Name, ResourceId } from './common.ts'
import { TargetStatus } from './kube-clusters.ts'
import { LIMITS, page, ref, stringEnum, Time } from './schema.ts'

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

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'

const kubeFields = {
  kubeClusterId: Type.Optional(
    Type.String({ pattern: '^[A-Z0-9]{1,20}$', description: 'the ID of a cluster, in capital letters and digits' }),
  ),
  kubeNamespace: Type.Optional(
    Type.String({
      maxLength: 63,
      pattern: `^${LABEL}$`,
      description:
        'the name of a namespace: up to 63 small letters, digits and dashes, with a letter or digit at both ends',
    }),
  ),
  kubeServiceAccount: Type.Optional(
    Type.String({
      maxLength: 253,
      pattern: `^${LABEL}(\\.${LABEL})*$`,
      description: "the name of a service account, which Flink's pods run as: small letters, digits, dashes and dots",
    }),
  ),
  kubeStorage: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: LIMITS.uri,
      description:
        'A folder that Flink reaches from every pod (`s3://bucket/weir`), for checkpoints, savepoints and high availability.',
    }),
  ),
}

export const WorkspaceSpec = Type.Object(
  { name: Name, ...kubeFields },
  {
    $id: 'WorkspaceSpec',
    additionalProperties: false,
    description:
      'In a namespace of a Kubernetes cluster; without `kubeClusterId`, `kubeNamespace` and `kubeServiceAccount` on this machine.',
  },
)

export const WorkspaceUpdate = Type.Partial(Type.Object({ name: Name }), {
  $id: 'WorkspaceUpdate',
  additionalProperties: false,
})

const optionalText = Type.Optional(Type.String())

export const Workspace = Type.Object(
  {
    id: ref(ResourceId),
    name: Type.String(),
    createdAt: Time,
    updatedAt: Time,
    revision: Type.Integer({ minimum: 1 }),
    kubeClusterId: Type.Optional(ref(ResourceId)),
    kubeNamespace: optionalText,
    kubeServiceAccount: optionalText,
    kubeStorage: optionalText,
    state: stringEnum(['ACTIVE', 'DELETING']),
    status: ref(TargetStatus),
  },
  { $id: 'Workspace' },
)

export const WorkspaceList = page('WorkspaceList', ref(Workspace))
