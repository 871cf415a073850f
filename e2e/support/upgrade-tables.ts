/**
 * All rows of a store, of whatever tables it has, read beside Weir: what the older Weir left, and what the newer has
 * made of it. Which columns may differ is listed here; whatever is not has to be kept.
 */
import { isDeepStrictEqual } from 'node:util'
import SqliteFile from 'better-sqlite3'
import pg from 'pg'

type Row = Record<string, unknown>
interface Table {
  /** The columns of the primary key. */
  key: string[]
  rows: Row[]
}
/** By their names. */
export type Tables = Record<string, Table>

const OBSERVED = ['status', 'observed_at', 'check_requested_at']
/** What the server writes by itself as it observes. */
const MOVES: Record<string, string[]> = {
  observed_times: ['times'],
  resources: ['state', 'status', 'observed_at', 'observed_sequence'],
  workspaces: OBSERVED,
  clusters: OBSERVED,
  job_attempts: ['last_checkpoint', 'flink_restarts'],
}
/** Tables that grow while nothing is asked for and nothing happens to a cluster. */
export const GROW = ['changes', 'events', 'kysely_migration', 'observed_times']

/** What migrations since the older Weir make of a row. */
const migrated = (table: string, row: Row): Row => {
  if (table === 'changes' && row['kind'] === 'cluster') return { ...row, kind: 'kubeCluster' }
  // Submissions of a session were sent one at a time.
  return table === 'job_attempts' ? { ...row, company: 'NONE' } : row
}

export function sqliteTables(path: string): Tables {
  const file = new SqliteFile(path, { readonly: true })
  try {
    // One moment for all tables.
    file.exec('begin')
    const names = file
      .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
      .pluck()
      .all() as string[]
    return Object.fromEntries(
      names.map((name) => {
        const columns = file.pragma(`table_info("${name}")`) as { name: string; pk: number }[]
        const key = columns.filter(({ pk }) => pk > 0).map((column) => column.name)
        return [name, { key, rows: file.prepare(`select * from "${name}"`).all() as Row[] }]
      }),
    )
  } finally {
    file.close()
  }
}

export async function postgresTables(address: string): Promise<Tables> {
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read')
    const { rows } = await client.query<{ name: string; key: string[] | null }>(
      `select t.table_name as name, (
         select array_agg(k.column_name::text)
         from information_schema.table_constraints c
         join information_schema.key_column_usage k using (constraint_schema, constraint_name)
         where c.constraint_type = 'PRIMARY KEY' and c.table_schema = t.table_schema and c.table_name = t.table_name
       ) as key
       from information_schema.tables t where t.table_schema = current_schema() and t.table_type = 'BASE TABLE'`,
    )
    const tables: Tables = {}
    for (const { name, key } of rows) {
      tables[name] = { key: key ?? [], rows: (await client.query<Row>(`select * from "${name}"`)).rows }
    }
    return tables
  } finally {
    await client.end()
  }
}

/** Those without a row. */
export const emptyTables = (tables: Tables): string[] =>
  Object.entries(tables)
    .filter(([, { rows }]) => rows.length === 0)
    .map(([name]) => name)
    .sort()

/** Whether a row is about that ID, in whichever column. */
export const isAbout = (id: string) => (row: Row) => Object.values(row).includes(id)

export const rowsOf = (tables: Tables, name: string): Row[] => tables[name]?.rows ?? []

/** Each row that is gone or has another value than before; `leaving` is being deleted, and its rows may go. */
export function differences(before: Tables, after: Tables, leaving: string): string[] {
  return Object.entries(before).flatMap(([name, { key, rows }]) => {
    const kept = name === 'changes' ? rows : rows.filter((row) => !isAbout(leaving)(row))
    const there = byKey(after[name])
    return kept.flatMap((row) => {
      const now = there.get(keyOf(key, row))
      if (!now) return [`${name}: gone: ${JSON.stringify(row)}`]
      const other = Object.entries(migrated(name, row)).filter(
        ([column, value]) => !MOVES[name]?.includes(column) && !isDeepStrictEqual(now[column], value),
      )
      return other.map(
        ([column, value]) =>
          `${name} ${keyOf(key, row)}: ${column} was ${JSON.stringify(value)}, is ${JSON.stringify(now[column])}`,
      )
    })
  })
}

/** Rows that were not there before. */
export function added(before: Tables, after: Tables): { table: string; row: Row }[] {
  return Object.entries(after).flatMap(([table, { key, rows }]) => {
    const there = byKey(before[table])
    return rows.filter((row) => !there.has(keyOf(key, row))).map((row) => ({ table, row }))
  })
}

const byKey = (table: Table | undefined): Map<string, Row> =>
  new Map(table?.rows.map((row) => [keyOf(table.key, row), row]))

/** A table without a primary key has its whole rows for keys. */
const keyOf = (key: string[], row: Row): string =>
  JSON.stringify(key.length === 0 ? row : key.map((column) => row[column]))

/** The highest number that a table of numbered rows has given. */
export const lastNumber = (tables: Tables, table: string, column: string): number =>
  Math.max(0, ...rowsOf(tables, table).map((row) => Number(row[column])))
