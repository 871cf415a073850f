/** The ledger of this machine's JVMs: each is written down before it is spawned. */

import type { Selectable, Updateable } from 'kysely'
import { sql } from 'kysely'
import { defined } from '../domain/defined.ts'
import type { ProcessExit, ProcessLedger, ProcessRecord } from '../domain/process.ts'
import type { Access, Tx } from './access.ts'
import { isExit } from './shapes.ts'
import type { ProcessTable, Tables } from './tables.ts'
import { readJson } from './unreadable.ts'

export const processesOf = (access: Access): ProcessLedger => ({
  intend: (record) => access.write((tx) => insertProcess(tx, record)),

  update: (uuid, change) =>
    access.write(async (tx) => {
      const set = columns(change)
      if (Object.keys(set).length > 0) await tx.db.updateTable('processes').set(set).where('uuid', '=', uuid).execute()
    }),

  async list({ cluster, resource, live } = {}) {
    let query = access.db.selectFrom('processes').selectAll()
    if (resource !== undefined) query = query.where('resource', '=', resource)
    if (cluster) query = query.where('resource', '=', cluster.resource).where('generation', '=', cluster.generation)
    // Written out: the index of those that live is found by it.
    if (live) query = query.where('state', '!=', sql.lit('EXITED'))
    return (await query.orderBy('sequence').execute()).map(recordOf)
  },

  forget: (resource) =>
    access.write(async (tx) => {
      await tx.db.deleteFrom('processes').where('resource', '=', resource).execute()
    }),
})

export async function insertProcess(tx: Tx, record: ProcessRecord): Promise<void> {
  const { uuid, resource, generation, role, ordinal, state, memoryBytes, stopRequested, createdAt } = record
  const fixed = { uuid, resource, generation, role, ordinal }
  const needed = { state, memory_bytes: memoryBytes, stop_requested: Number(stopRequested), created_at: createdAt }
  await tx.db
    .insertInto('processes')
    .values({ ...optional(record), ...fixed, ...needed })
    .execute()
}

/** The columns that may change. */
function columns(change: Parameters<ProcessLedger['update']>[1]): Updateable<ProcessTable> {
  const { state, memoryBytes, stopRequested, createdAt } = change
  return {
    ...optional(change),
    ...defined({ state, memory_bytes: memoryBytes }),
    ...(stopRequested === undefined ? {} : { stop_requested: Number(stopRequested) }),
    ...defined({ created_at: createdAt }),
  }
}

/** The columns that a record need not have. */
const optional = ({ pid, startTime, bootId, restPort, rpcPort, exitedAt, exit }: Partial<ProcessRecord>) => ({
  ...defined({
    pid,
    start_time: startTime,
    boot_id: bootId,
    rest_port: restPort,
    rpc_port: rpcPort,
    exited_at: exitedAt,
  }),
  ...(exit === undefined ? {} : { exit: JSON.stringify(exit) }),
})

const EXIT_UNKNOWN: ProcessExit = { reason: 'ended, in a way that cannot be read any more in the store' }

const recordOf = (row: Selectable<Tables['processes']>): ProcessRecord => ({
  uuid: row.uuid,
  resource: row.resource,
  generation: row.generation,
  role: row.role,
  ordinal: row.ordinal,
  state: row.state,
  memoryBytes: row.memory_bytes,
  stopRequested: row.stop_requested === 1,
  ...(row.pid === null ? {} : { pid: row.pid }),
  ...(row.start_time === null ? {} : { startTime: row.start_time }),
  ...(row.boot_id === null ? {} : { bootId: row.boot_id }),
  ...(row.rest_port === null ? {} : { restPort: row.rest_port }),
  ...(row.rpc_port === null ? {} : { rpcPort: row.rpc_port }),
  createdAt: row.created_at,
  ...(row.exited_at === null ? {} : { exitedAt: row.exited_at }),
  ...(row.exit === null ? {} : { exit: readJson<ProcessExit>(row.exit, isExit) ?? EXIT_UNKNOWN }),
})
