/**
 * Kysely's driver for SQLite, with patience: SQLite itself would wait for another process' lock by blocking the whole
 * event loop. A statement outside of a transaction is tried again for a while. How a transaction begins is the business
 * of whoever wants one, since waiting there would keep the only connection from those that can still read.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { CompiledQuery, DatabaseConnection, Driver } from 'kysely'
import { SqliteDialect } from 'kysely'
import { jittered } from '../domain/backoff.ts'
import { codeOf } from './errors.ts'

const EVERY_MS = 20
/** From the first refusal on, for all together: whoever comes later does not wait for those before. */
const WITHIN_MS = 1000

const BOUND = /^(begin|commit|rollback|savepoint|release)\b/

export class PatientSqliteDialect extends SqliteDialect {
  override createDriver(): Driver {
    return patient(super.createDriver())
  }
}

function patient(driver: Driver): Driver {
  let shown: DatabaseConnection | undefined
  let open = false
  return {
    init: (options) => driver.init(options),
    async acquireConnection(options) {
      const connection = await driver.acquireConnection(options)
      shown ??= patientConnection(connection, () => open)
      return shown
    },
    async beginTransaction(connection, settings) {
      await driver.beginTransaction(connection, settings)
      open = true
    },
    async commitTransaction(connection) {
      await driver.commitTransaction(connection)
      open = false
    },
    async rollbackTransaction(connection) {
      open = false
      await driver.rollbackTransaction(connection)
    },
    releaseConnection: (connection, options) => driver.releaseConnection(connection, options),
    destroy: (options) => driver.destroy(options),
  }
}

function patientConnection(connection: DatabaseConnection, inTransaction: () => boolean): DatabaseConnection {
  let refusedAt: number | undefined
  return {
    async executeQuery<R>(query: CompiledQuery, options?: Parameters<DatabaseConnection['executeQuery']>[1]) {
      for (;;) {
        try {
          const result = await connection.executeQuery<R>(query, options)
          refusedAt = undefined
          return result
        } catch (error) {
          if (codeOf(error) !== 'LOCKED' || inTransaction() || BOUND.test(query.sql)) throw error
          refusedAt ??= performance.now()
          if (performance.now() > refusedAt + WITHIN_MS) throw error
          await delay(jittered(EVERY_MS))
        }
      }
    },
    streamQuery: (query, chunkSize, options) => connection.streamQuery(query, chunkSize, options),
  }
}
