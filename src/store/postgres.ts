/**
 * A PostgreSQL server as the store. One server of ours a database: a connection of its own holds an advisory lock for
 * as long as the store is open. Writing transactions take their turn, so that sequences follow the order of commits;
 * that costs one round trip to the disk for each change, which a control plane can afford.
 */

import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { newUuid } from '../domain/ids.ts'
import type { Backend } from './backend.ts'
import { messageOf, StoreError, translated } from './errors.ts'
import { CHANNEL, holdDatabase, WRITE_LOCK } from './postgres-hold.ts'
import type { Tables } from './tables.ts'

const CONNECTIONS = 10
/** The server ends what takes longer; should it not even answer to that, the client gives up a little later. */
const STATEMENT_MS = 60_000

/** int8 as a number: what is counted here stays far below 2^53. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

/**
 * @param url `postgres://` address; its password goes into no message
 * @param onLost the hold on the database is lost (the server went away, or ended the connection): writing is refused
 *   from then on, since another server of ours may hold the database now
 * @throws StoreError IN_USE, UNAVAILABLE
 */
export async function openPostgres(url: string, onLost: (reason: StoreError) => void): Promise<Backend> {
  const address = addressOf(url)
  const settings = settingsFor(url)
  let lost: StoreError | undefined
  const hold = await holdDatabase(settings, address, (reason) => {
    lost = reason
    onLost(reason)
  })
  const pool = new pg.Pool({
    ...settings,
    max: CONNECTIONS,
    types,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 5000,
  })
  // An idle connection that ends is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => {})
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: translatingPool(pool, address) }) })
  const self = newUuid()
  const fence = () => {
    if (lost) throw lost
  }
  return {
    database: 'postgres',
    kysely,
    address,
    async serialise(trx) {
      fence()
      await sql`select pg_advisory_xact_lock(${sql.lit(WRITE_LOCK[0])}, ${sql.lit(WRITE_LOCK[1])})`.execute(trx)
      fence()
    },
    relaxed: (work) =>
      kysely.transaction().execute(async (trx) => {
        fence()
        await sql`set local synchronous_commit = off`.execute(trx)
        await work(trx)
      }),
    announce: async (trx) => {
      await sql`select pg_notify(${CHANNEL}, ${self})`.execute(trx)
    },
    onAnnounced: (callback) =>
      hold.onNotified((by) => {
        if (by !== self) callback()
      }),
    async close() {
      await kysely.destroy()
      await hold.release()
    },
  }
}

/** The address without its password, for messages. */
export function addressOf(url: string): string {
  try {
    const { username, host, pathname, searchParams } = new URL(url)
    const where = searchParams.get('host') ?? (host || 'localhost')
    return `the PostgreSQL database ${pathname.slice(1) || username || 'postgres'} at ${where}`
  } catch {
    return 'the PostgreSQL database'
  }
}

/** Reading the address is where a driver would quote it with its password, so it is tried once, without a cause. */
function settingsFor(url: string): pg.ClientConfig {
  const settings = {
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
  try {
    if (!/^postgres(ql)?:\/\//.test(url)) throw new Error()
    new pg.Client(settings)
  } catch {
    throw new StoreError(
      'UNAVAILABLE',
      'The database address cannot be read: expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, ' +
        'with special characters percent-encoded.',
    )
  }
  return settings
}

/** PostgreSQL's text has no NUL character, which log lines may hold and requests may ask for. */
const cleaned = (parameters: readonly unknown[]): unknown[] =>
  parameters.map((value) => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value))

/** The pool as Kysely takes it, with parameters cleaned and errors translated. */
function translatingPool(pool: pg.Pool, address: string): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  const wrapped = (client: pg.PoolClient): PostgresPoolClient => {
    const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
      try {
        return await client.query(text, cleaned(parameters))
      } catch (error) {
        throw translated(error, address)
      }
    }
    // Kysely's type has a second form of it, for cursors, which are not used here.
    return { query: query as PostgresPoolClient['query'], release: (destroy) => client.release(destroy) }
  }
  return {
    options: {},
    end: () => pool.end(),
    async connect() {
      try {
        const client = await pool.connect()
        const known = clients.get(client) ?? wrapped(client)
        clients.set(client, known)
        return known
      } catch (error) {
        const known = translated(error, address)
        throw known instanceof StoreError
          ? known
          : new StoreError('UNAVAILABLE', `${address} cannot be used: ${messageOf(error)}`, error)
      }
    },
  }
}
