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
import type { StoreErrorCode } from './errors.ts'
import { messageOf, StoreError, translated, translatedOfCommit } from './errors.ts'
import type { Hold } from './postgres-hold.ts'
import { CHANNEL, holdDatabase, SERVER_LOCK, WRITE_LOCK } from './postgres-hold.ts'
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
 * @param onLost the hold on the database is lost to somebody else: writing is refused from then on
 * @throws StoreError IN_USE, and what `translated` makes of a database that can't be reached or refuses
 */
export async function openPostgres(url: string, onLost: (reason: StoreError) => void): Promise<Backend> {
  const address = addressOf(url)
  const settings = settingsFor(url)
  const hold = await holdDatabase({ settings, address, onLost })
  const pool = newPool(settings)
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: translatingPool(pool, address, hold) }) })
  const self = newUuid()
  return {
    database: 'postgres',
    kysely,
    address,
    bind: (installation) => hold.bind(installation),
    async probe() {
      hold.session()
      await sql`select 1`.execute(kysely)
    },
    async serialise(trx) {
      const session = hold.session()
      // One way to the server: the row that the list of locks is looked at for is there once the turn has come.
      const { rows } = await sql<{ held: boolean }>`
        with turn as (select pg_advisory_xact_lock(${sql.lit(WRITE_LOCK[0])}, ${sql.lit(WRITE_LOCK[1])}))
        select exists (select 1 from pg_locks where locktype = 'advisory' and granted and pid = ${session}
          and classid = ${sql.lit(SERVER_LOCK[0])} and objid = ${sql.lit(SERVER_LOCK[1])}) as held from turn`.execute(
        trx,
      )
      if (rows[0]?.held !== true || hold.session() !== session)
        throw new StoreError('UNAVAILABLE', `${address} is not held by this server any more; it is tried again.`)
    },
    relaxed: (work) =>
      kysely.transaction().execute(async (trx) => {
        hold.session()
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

function newPool(settings: pg.ClientConfig): pg.Pool {
  const pool = new pg.Pool({
    ...settings,
    max: CONNECTIONS,
    types,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 5000,
  })
  // A connection that ends is replaced by the next query. Without listeners it would end the process: the pool's is
  // for idle ones, and a lent one has none but its own between two queries.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
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
      'UNUSABLE',
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
function translatingPool(pool: pg.Pool, address: string, hold: Hold): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  const wrapped = (client: pg.PoolClient): PostgresPoolClient => {
    let unusable = false
    const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
      // The connection is given up, and with it what was begun; to fail here would hide why.
      if (unusable && text === 'rollback') return { command: 'ROLLBACK', rowCount: 0, rows: [] }
      if (unusable) throw new StoreError('UNAVAILABLE', `${address} does not answer on this connection.`)
      try {
        return await client.query(text === 'begin' ? BEGIN : text, cleaned(parameters))
      } catch (error) {
        const known = text === 'commit' ? translatedOfCommit(error, address) : translated(error, address)
        // What it still does, or to whom it leads, is not what is wanted: the next query gets a new connection.
        unusable = known instanceof StoreError && SPOILS.includes(known.code)
        if (known instanceof StoreError && known.code === 'READ_ONLY') hold.doubt(known.message)
        throw known
      }
    }
    // Kysely's type has a second form of it, for cursors, which are not used here.
    return {
      query: query as PostgresPoolClient['query'],
      release: (destroy) => client.release(Boolean(destroy) || unusable),
    }
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

/** The turns of writers need each to see what the one before it has committed, whatever the database's default. */
const BEGIN = 'begin isolation level read committed'

const SPOILS: readonly StoreErrorCode[] = ['UNAVAILABLE', 'OUTCOME_UNKNOWN', 'READ_ONLY']
