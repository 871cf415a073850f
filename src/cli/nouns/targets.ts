/** What the rows of clusters and workspaces have in common. */
import type { PlaceStatus as TargetStatus } from '../../api/client/generated/types.gen.ts'
import { SERVER } from '../options.ts'
import type { Column } from '../output.ts'
import { age, flatten } from '../output.ts'
import type { Row, Target, Targets } from './row.ts'

export type Condition = TargetStatus['conditions'][number]

/** A certificate in base64 tells people nothing. */
const LONG = 200

export const TARGET = {
  server: SERVER,
  where: [],
  record({ status: { conditions, ...status }, ...whole }: Target) {
    return [
      ...flatten({ ...whole, status }).map(([key, value]): [string, string] => [
        key,
        value.length > LONG ? `(${value.length} characters)` : value,
      ]),
      ...conditions.map(({ type, status, message }): [string, string] => [
        `conditions.${type}`,
        `${status}: ${message}`,
      ]),
    ]
  },
} satisfies Partial<Row<Targets>>

/** With what was last found of each, in a word or two; empty before the first look. */
export const targetColumns = <T extends Target>(...own: Column<T>[]): Column<T>[] => [
  { header: 'ID', value: (row) => row.id },
  { header: 'NAME', value: (row) => row.name },
  ...own,
  {
    header: 'CHECKS',
    value: ({ status }) => checks(status.conditions),
    style: (text) => (text === 'ok' ? 'green' : text.startsWith('failed') ? 'red' : undefined),
  },
  { header: 'AGE', value: (row) => row.createdAt, human: (row) => age(row.createdAt) },
]

function checks(conditions: Condition[]): string {
  const failed = failedTypes(conditions)
  if (failed.length > 0) return `failed: ${failed.join(' ')}`
  if (conditions.length === 0) return ''
  return conditions.every(({ status }) => status === 'True') ? 'ok' : 'unknown'
}

/** The types of those that are False; `Ready` sums up the others, so it is named only where it stands alone. */
export function failedTypes(conditions: readonly Condition[]): string[] {
  const failed = conditions.filter(({ status }) => status === 'False').map(({ type }) => type)
  return failed.length > 1 ? failed.filter((type) => type !== 'Ready') : failed
}
