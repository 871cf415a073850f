/** Path, query and header parameters. */
import Type from 'typebox'
import { defined } from '../../domain/defined.ts'
import type { Kind } from '../../domain/kinds.ts'
import { SORTS } from '../../store/store.ts'
import { State } from './common.ts'
import { closed, optionalText, ref, stringEnum } from './schema.ts'

/** `workspace` is written `ws` in paths. */
type InPath = 'workspace' | 'cluster' | 'artifact' | 'serviceAccount' | 'key' | Kind

const WORDS: Partial<Record<InPath, string>> = { serviceAccount: 'service account' }

/** The IDs of a path, from the outside in; its parameters are named like what they are of. */
export function pathOf<const Ids extends readonly InPath[]>(...ids: Ids) {
  type Parameters = { [Id in Ids[number] as Id extends 'workspace' ? 'ws' : Id]: string }
  // Described, not enforced: an ID of another form cannot exist, so the answer is 404 like for any other that does not.
  const described = ids.map((id) => [
    id === 'workspace' ? 'ws' : id,
    Type.String({ description: `ID of the ${WORDS[id] ?? id}` }),
  ])
  return Type.Unsafe<Parameters>(Type.Object(Object.fromEntries(described)))
}

export const WorkspacePath = pathOf('workspace')
/** Of what is below no resource. */
export const NO_PATH = pathOf()

const DEFAULT_LIMIT = 50

/** The page that a query asks for. */
export const pageOf = ({
  limit = DEFAULT_LIMIT,
  marker,
}: {
  limit?: number | undefined
  marker?: string | undefined
}) => ({
  limit,
  ...defined({ marker }),
})

const paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Items of a page; 50 when left out.' })),
  marker: optionalText('the `marker` of the page before, as it stands', {
    minLength: 1,
    maxLength: 1024,
    pattern: '^[A-Za-z0-9_-]+$',
  }),
}
const named = { ...paging, name: optionalText('Only the one of this name.', { minLength: 1, maxLength: 255 }) }

export const PageQuery = closed(paging)
export const NamedQuery = closed(named)

/** Summaries are short: a page may have more of them. */
export const ResourceQuery = closed({
  ...named,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Items of a page; 50 when left out.' })),
  q: optionalText('Only those whose name has this in it, whatever the case.', { minLength: 1, maxLength: 255 }),
  sort: Type.Optional(
    stringEnum(SORTS, {
      description:
        'What the list is sorted by; `-` before it reverses the order. By `createdAt` when left out. A walk by what ' +
        'changes meanwhile may meet a resource again in its new place, or not at all.',
    }),
  ),
  state: Type.Optional(ref(State)),
  label: optionalText('Only those with this label: `key` or `key=value`.', { minLength: 1, maxLength: 400 }),
})

const flag = (description: string) => Type.Optional(Type.Boolean({ description }))
const force = flag('Do not wait for Flink: stop at once what there is.')

/** `cascade`: what it takes along, of a kind that others are in. */
export const deletionQuery = (cascade?: string) =>
  Type.Unsafe<{ cascade?: boolean; force?: boolean }>(
    closed(cascade === undefined ? { force } : { cascade: flag(cascade), force }),
  )

export const NO_QUERY = closed({})

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': optionalText(
    'The same key with the same body, within 24 hours, answers the same resource instead of creating another.',
    { minLength: 1, maxLength: 255 },
  ),
})

const TAG = '(W/)?("[^"]*"|[0-9]+)'

export const ConditionHeaders = Type.Object({
  'if-match': optionalText('*, or the ETag that the resource must still have, such as "3"; several with commas', {
    maxLength: 1024,
    pattern: `^(\\*|${TAG}([ \t]*,[ \t]*${TAG})*)$`,
  }),
})
