/**
 * How schemas are written here. The TypeBox objects in this folder are the contract's source: requests are checked
 * against them, `openapi.json` is emitted from them, and the types of handlers follow from them. An object with a
 * `$id` becomes a named component of the contract; others refer to it by `ref`.
 */

import type { Static, TObjectOptions, TProperties, TSchema, TStringOptions } from 'typebox'
import Type from 'typebox'

/** Put off until the schema is known, so that functions can be generic in their schemas. */
export type StaticOf<T> = T extends TSchema ? Static<T> : never

/** Refers to a component; the static type is the component's own. */
export function ref<T extends TSchema>(schema: T) {
  const id: unknown = Reflect.get(schema, '$id')
  if (typeof id !== 'string') throw new Error('only a schema with a $id can be referred to')
  return Type.Unsafe<StaticOf<T>>({ $ref: `${id}#` })
}

export function stringEnum<const T extends readonly string[]>(
  values: T,
  options: { $id?: string; description?: string } = {},
) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options })
}

/** An object that a caller sends: a property that is not known here is a mistake. */
export const closed = <const P extends TProperties>(properties: P, options: TObjectOptions = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

export const optionalText = (description?: string, options: TStringOptions = {}) =>
  Type.Optional(Type.String(description === undefined ? options : { ...options, description }))

const pageProperties = <T extends TSchema>(item: T) => ({
  items: Type.Array(item),
  unreadable: Type.Optional(
    Type.Array(Type.Object({ id: Type.String(), name: Type.String(), message: Type.String() }), {
      description: 'What belongs on this page, too, but is damaged in the store; absent where nothing is.',
    }),
  ),
  marker: optionalText('Present while there is more: pass it as the query parameter `marker`.'),
})

export const page = <T extends TSchema>($id: string, item: T) => Type.Object(pageProperties(item), { $id })

export const countedPage = <T extends TSchema>($id: string, item: T) =>
  Type.Object(
    {
      ...pageProperties(item),
      total: Type.Integer({ minimum: 0, description: 'How many there are on all pages, damaged ones included.' }),
    },
    { $id },
  )

export const Time = Type.String({
  format: 'date-time',
  description: 'In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.',
})

/** What is so with a resource or a deployment target, one thing each. */
export const Conditions = Type.Array(
  Type.Object({
    type: Type.String(),
    status: stringEnum(['True', 'False', 'Unknown']),
    reason: Type.String(),
    message: Type.String(),
    since: Time,
  }),
)

/** Bounds that no honest request meets; they keep a body from holding more items than anybody could look at. */
export const LIMITS = { items: 1_000, uri: 4_096, argument: 65_536, configurationValue: 65_536, file: 524_288 } as const
