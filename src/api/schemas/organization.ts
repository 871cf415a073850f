/** Schemas of the organization group: who is calling, and the workspaces. */
import Type from 'typebox'
import { ResourceId } from './common.ts'
import { page, ref, Time } from './schema.ts'

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

export const Workspace = Type.Object(
  { id: ref(ResourceId), name: Type.String(), createdAt: Time, updatedAt: Time, revision: Type.Integer({ minimum: 1 }) },
  { $id: 'Workspace' },
)

export const WorkspaceList = page('WorkspaceList', ref(Workspace))
