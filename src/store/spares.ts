/** JVMs of this machine that wait for a cluster. One row is here or in `processes`, never in both. */
import type { ProcessRole, SpareLedger } from '../domain/process.ts'
import type { Access } from './access.ts'
import { insertProcess } from './processes.ts'

export const sparesOf = (access: Access): SpareLedger => ({
  intend: ({ uuid, role, memoryBytes, createdAt }) =>
    access.write(async (tx) => {
      const row = { uuid, role, memory_bytes: memoryBytes, created_at: createdAt }
      await tx.db.insertInto('spares').values(row).execute()
    }),

  async list() {
    const rows = await access.db.selectFrom('spares').selectAll().orderBy('created_at').execute()
    return rows.map(({ uuid, role, memory_bytes: memoryBytes, created_at: createdAt }) => ({
      uuid,
      role: role as ProcessRole,
      memoryBytes,
      createdAt,
    }))
  },

  assign: (record) =>
    access.write(async (tx) => {
      const { numDeletedRows } = await tx.db.deleteFrom('spares').where('uuid', '=', record.uuid).executeTakeFirst()
      if (numDeletedRows === 0n) return false
      await insertProcess(tx, record)
      return true
    }),

  forget: (uuid) =>
    access.write(async (tx) => {
      await tx.db.deleteFrom('spares').where('uuid', '=', uuid).execute()
    }),
})
