/** What the rows of sessions and jobs have in common. */
import type { ListFlinkSessionsData } from '../../api/client/generated/types.gen.ts'
import { page } from '../api.ts'
import type { Option } from '../command.ts'
import type { Context } from '../context.ts'
import { WORKSPACE } from '../options.ts'
import type { Column } from '../output.ts'
import { age, flatten, stateStyle } from '../output.ts'
import { waitFor } from '../wait.ts'
import type { Described, ListQuery, Located, Resources, Row, Summary } from './row.ts'

export const SUMMARY_COLUMNS: Column<Summary>[] = [
  { header: 'ID', value: (row) => row.id },
  { header: 'NAME', value: (row) => row.name },
  {
    header: 'STATE',
    value: (row) => row.state,
    human: (row) => (row.stale ? `${row.state} (stale)` : row.state),
    style: stateStyle,
  },
  { header: 'AGE', value: (row) => row.createdAt, human: (row) => age(row.createdAt) },
]

export const FILTERS: Option[] = [
  ['--state <state>', 'only those in this state'],
  ['--label <key[=value]>', 'only those with this label'],
  ['--query <text>', 'only those whose name has this in it'],
  ['--sort <field>', 'name, createdAt, updatedAt or state; with - before it the other way round'],
]

type Query = NonNullable<ListFlinkSessionsData['query']>

/** The query of a list, in long pages. What is no state, or nothing to sort by, the API refuses in its own words. */
export const summaries = ({ state, sort, ...query }: ListQuery) =>
  page({ limit: 1000, ...query, state: state as Query['state'], sort: sort as Query['sort'] })

const FIRST = ['id', 'name', 'state', 'runtime', 'revision', 'createdAt', 'updatedAt', 'desiredState', 'status']

export const RESOURCE = {
  server: WORKSPACE,
  where: [],
  described: ['by name or ID', 'with everything the API knows'],
  record(whole: Described, { session }) {
    const { conditions: _, warnings = [], ports = [], ...status } = whole.status
    const known = Object.fromEntries(FIRST.map((key) => [key, whole[key as keyof Described]]))
    return [
      ...flatten({ ...known, ...whole, status }),
      ...(session ? [['session', `${session.name} (${session.id})`] as [string, string]] : []),
      ...ports.map(({ process, name, port }): [string, string] => [`port.${process}`, `${port} (${name})`]),
      ...warnings.map((warning): [string, string] => ['warning', warning]),
    ]
  },
} satisfies Partial<Row<Resources>>

type Until = (context: Context, it: Located<Resources>, timeoutMs: number) => Promise<Described | undefined>

export const untilRunning: Until = (context, it, timeoutMs) => waitFor(context, it, { for: 'RUNNING', timeoutMs })

export const untilGone: Until = (context, it, timeoutMs) => waitFor(context, it, { for: 'DELETED', timeoutMs })
