/** Path, query and header parameters. */
import Type from 'typebox'
import { State } from './common.ts'
import { ref } from './schema.ts'

// Described, not enforced: an ID of another form cannot exist, so the answer is 404 like for any other that does not.
const id = (what: string) => Type.String({ description: `ID of the ${what}` })

export const WorkspacePath = Type.Object({ ws: id('workspace') })
export const ClusterPath = Type.Object({ cluster: id('cluster') })
export const SessionPath = Type.Object({ ws: id('workspace'), session: id('session') })
export const SessionJobPath = Type.Object({ ws: id('workspace'), session: id('session'), job: id('job') })

const paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Items of a page; 50 when left out.' })),
  marker: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1024, description: 'The `marker` of the page before.' }),
  ),
}

export const DEFAULT_LIMIT = 50

export const ArtifactPath = Type.Object({ ws: id('workspace'), artifact: id('artifact') })

export const PageQuery = Type.Object(paging, { additionalProperties: false })

const name = Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Only the one of this name.' }))

export const NamedQuery = Type.Object({ ...paging, name }, { additionalProperties: false })

export const ResourceQuery = Type.Object(
  {
    ...paging,
    name,
    state: Type.Optional(ref(State)),
    label: Type.Optional(
      Type.String({ minLength: 1, maxLength: 400, description: 'Only those with this label: `key` or `key=value`.' }),
    ),
  },
  { additionalProperties: false },
)

const force = Type.Optional(Type.Boolean({ description: 'Do not wait for Flink: stop at once what there is.' }))

export const SessionDeletionQuery = Type.Object(
  { cascade: Type.Optional(Type.Boolean({ description: 'Delete the jobs of the session with it.' })), force },
  { additionalProperties: false },
)

export const JobDeletionQuery = Type.Object({ force }, { additionalProperties: false })

export const NoQuery = Type.Object({}, { additionalProperties: false })

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        'The same key with the same body, within 24 hours, answers the same resource instead of creating another.',
    }),
  ),
})

export const ConditionHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 1024, description: 'Go ahead only if this is still the `ETag` of the resource.' }),
  ),
})
