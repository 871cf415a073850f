/**
 * The hold on a PostgreSQL database: one connection, for as long as the store is open, with a session-level advisory
 * lock. It ends with its connection, hence also with its process. It must go to the server itself or through a pooler
 * in session mode. The same connection listens for what other processes announce.
 */
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { messageOf, StoreError, translated } from './errors.ts'

/** Two-part advisory locks: "Weir" in ASCII, then which of its locks. */
const SERVER_LOCK = [0x57656972, 1] as const
export const WRITE_LOCK = [0x57656972, 2] as const
export const CHANNEL = 'weir_changes'

/** How long PostgreSQL may take to notice that the last holder's process has ended. */
const PATIENCE_MS = 3000

export interface Hold {
  /** Calls back with what was sent along. */
  onNotified(callback: (payload: string) => void): void
  release(): Promise<void>
}

/** @throws StoreError IN_USE when another process holds the database, UNAVAILABLE when it cannot be reached */
export async function holdDatabase(
  settings: pg.ClientConfig,
  address: string,
  onLost: (reason: StoreError) => void,
): Promise<Hold> {
  const client = new pg.Client({ ...settings, application_name: `weir ${hostname()} ${process.pid}`.slice(0, 63) })
  let state: 'opening' | 'held' | 'released' = 'opening'
  const lost = (why: string): void => {
    if (state === 'held')
      onLost(new StoreError('LOST', `The connection that holds ${address} ended (${why}): start the server again.`))
    if (state === 'held') state = 'released'
  }
  client.on('error', (error) => lost(messageOf(error)))
  client.on('end', () => lost('closed by the database server'))
  try {
    await client.connect()
    // A holder whose machine is cut off is given up after about a minute, not after PostgreSQL's two hours.
    await client.query('set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3')
    await acquire(client, address)
    await client.query(`listen ${CHANNEL}`)
    state = 'held'
  } catch (error) {
    await client.end().catch(() => {})
    const known = translated(error, address)
    if (known instanceof StoreError) throw known
    throw new StoreError('UNAVAILABLE', `${address} cannot be used: ${messageOf(error)}.`, error)
  }
  return {
    onNotified: (callback) => client.on('notification', ({ payload }) => callback(payload ?? '')),
    async release() {
      state = 'released'
      await client.end().catch(() => {})
    },
  }
}

async function acquire(client: pg.Client, address: string): Promise<void> {
  const until = Date.now() + PATIENCE_MS
  for (;;) {
    const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as held', [...SERVER_LOCK])
    if (rows[0].held === true) return
    if (Date.now() > until) break
    await delay(50)
  }
  const holder = await client.query(
    `select a.application_name, host(a.client_addr) as address from pg_locks l
    join pg_stat_activity a on a.pid = l.pid where l.locktype = 'advisory' and l.classid = $1 and l.objid = $2 and ` +
      `l.granted
    and l.database = (select oid from pg_database where datname = current_database())`,
    [...SERVER_LOCK],
  )
  const { application_name: name, address: from } = holder.rows[0] ?? {}
  const who = name ? ` (${name}${from ? ` from ${from}` : ''})` : ''
  throw new StoreError(
    'IN_USE',
    `${address} is in use by another Weir server${who}. Stop that one, or give this one a database of its own.`,
  )
}
