/**
 * The hold on a PostgreSQL database: one connection, for as long as the store is open, with a session-level advisory
 * lock. It ends with its connection, hence also with its process. It must go to the server itself or through a pooler
 * in session mode. The same connection listens for what other processes announce.
 *
 * A connection that ends is made anew, for as long as that takes; until the lock is held again nothing is written.
 * Another server may have had it in between, so the database has to be the one that it was: else the hold is lost.
 */
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { growingDelay, jittered } from '../domain/backoff.ts'
import { newUuid } from '../domain/ids.ts'
import { messageOf, StoreError, translated } from './errors.ts'

/** Two-part advisory locks: "Weir" in ASCII, then which of its locks. */
export const SERVER_LOCK = [0x57656972, 1] as const
export const WRITE_LOCK = [0x57656972, 2] as const
export const CHANNEL = 'weir_changes'

/** How long PostgreSQL may take to notice that the last holder's process has ended. */
const PATIENCE_MS = 3000
const AGAIN_MS = 200
const AGAIN_MAX_MS = 5000
/** How often the connection is tried: a machine that is cut off says nothing by itself. */
const PING_MS = 10_000
const GOODBYE_MS = 1000

export interface Hold {
  /** The session that has the lock. @throws StoreError UNAVAILABLE while there is none, LOST when there will be none */
  session(): number
  /** Calls back with what was sent along, and with nothing when something may have been missed. */
  onNotified(callback: (payload?: string) => void): void
  /** From now on the hold is taken up again only if the database still says this installation. */
  bind(installation: string): void
  /** The server said something that the holder of the lock should not hear (read-only): the connection is made anew. */
  doubt(reason: string): void
  release(): Promise<void>
}

export interface HoldOptions {
  settings: pg.ClientConfig
  address: string
  onLost(reason: StoreError): void
}

type State =
  | { is: 'held'; client: pg.Client; session: number }
  | { is: 'away'; why: string }
  | { is: 'lost'; reason: StoreError }
  | { is: 'released' }

/** @throws StoreError IN_USE when another process holds the database, else what `translated` makes of it */
export async function holdDatabase(options: HoldOptions): Promise<Hold> {
  const { address } = options
  // Tells our own former session, which the server may not have given up yet, from another process' session.
  const name = `weir ${hostname().slice(0, 30)} ${process.pid} ${newUuid().slice(0, 8)}`
  const callbacks: ((payload?: string) => void)[] = []
  const notify = (payload?: string) => {
    for (const callback of callbacks) callback(payload)
  }
  let installation: string | undefined
  let state: State = { is: 'away', why: 'not yet connected' }
  const now = (): State => state

  const connect = async (): Promise<void> => {
    const { client, session } = await connected(options, name, installation)
    if (now().is === 'released') return endQuietly(client)
    state = { is: 'held', client, session }
    const ended = (why: string): void => {
      if (state.is !== 'held' || state.client !== client) return
      state = { is: 'away', why }
      void regain()
    }
    client.on('error', (error) => ended(messageOf(error)))
    client.on('end', () => ended('closed by the database server'))
    client.on('notification', ({ payload }) => notify(payload ?? ''))
    void keepTrying(client, () => state.is === 'held' && state.client === client)
  }

  const regain = async (): Promise<void> => {
    for (let failures = 1; now().is === 'away'; failures++) {
      await delay(jittered(growingDelay(failures + 1, AGAIN_MS, AGAIN_MAX_MS)))
      if (now().is !== 'away') return
      try {
        await connect()
        return notify()
      } catch (error) {
        if (error instanceof StoreError && (error.code === 'IN_USE' || error.code === 'LOST')) return lose(error)
        state = now().is === 'away' ? { is: 'away', why: messageOf(error) } : now()
      }
    }
  }

  const lose = (cause: StoreError): void => {
    if (now().is !== 'away') return
    const reason = new StoreError('LOST', `The hold on ${address} is lost: ${cause.message}`, cause)
    state = { is: 'lost', reason }
    options.onLost(reason)
  }

  await connect()
  return {
    session() {
      if (state.is === 'held') return state.session
      if (state.is === 'lost') throw state.reason
      const why = state.is === 'away' ? state.why : 'the store is closed'
      throw new StoreError('UNAVAILABLE', `${address} is not held by this server (${why}); it is tried again.`)
    },
    onNotified: (callback) => void callbacks.push(callback),
    bind: (id) => {
      installation = id
    },
    doubt(why) {
      if (state.is !== 'held') return
      const { client } = state
      state = { is: 'away', why }
      void endQuietly(client)
      void regain()
    },
    async release() {
      const before = state
      state = { is: 'released' }
      if (before.is === 'held') await endQuietly(before.client)
    },
  }
}

/** Says goodbye; a network that swallows it is not waited for. */
const endQuietly = (client: pg.Client): Promise<void> =>
  Promise.race([client.end().catch(() => {}), delay(GOODBYE_MS, undefined, { ref: false })])

/** A connection with the lock, listening, to the database that it is to be. */
async function connected(
  { settings, address }: HoldOptions,
  name: string,
  installation: string | undefined,
): Promise<{ client: pg.Client; session: number }> {
  const client = new pg.Client({ ...settings, application_name: name, query_timeout: 10_000 })
  // Without a listener the end of a connection would end the process. Whoever gets the client adds his own.
  client.on('error', () => {})
  try {
    await client.connect()
    // A holder whose machine is cut off is given up after about a minute, not after PostgreSQL's two hours.
    await client.query('set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3')
    await refuseReadOnly(client, address)
    await acquire(client, address, name)
    if (installation !== undefined) await refuseOthers(client, address, installation)
    await client.query(`listen ${CHANNEL}`)
    const { rows } = await client.query('select pg_backend_pid() as session')
    return { client, session: rows[0].session }
  } catch (error) {
    await endQuietly(client)
    const known = translated(error, address)
    if (known instanceof StoreError) throw known
    throw new StoreError('UNAVAILABLE', `${address} cannot be used: ${messageOf(error)}.`, error)
  }
}

/** A standby has locks of its own, which say nothing of the server that takes the writes. */
async function refuseReadOnly(client: pg.Client, address: string): Promise<void> {
  const { rows } = await client.query(
    `select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only`,
  )
  if (rows[0].read_only === true)
    throw new StoreError('READ_ONLY', `${address} is read-only (a standby?): nothing can be written.`)
}

/** Whoever had the database in between made another installation of it (installation.ts), or emptied it. */
async function refuseOthers(client: pg.Client, address: string, installation: string): Promise<void> {
  const found = await client.query('select id from installation').catch((error: unknown) => {
    // 42P01: there is no such table.
    if (error instanceof pg.DatabaseError && error.code === '42P01') return undefined
    throw error
  })
  if (found?.rows[0]?.id === installation) return
  const what = found?.rows[0] ? 'another server has used it' : 'it was emptied'
  throw new StoreError('LOST', `${address} is not what it was, ${what} while the connection was away.`)
}

async function acquire(client: pg.Client, address: string, name: string): Promise<void> {
  const until = Date.now() + PATIENCE_MS
  for (;;) {
    const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as held', [...SERVER_LOCK])
    if (rows[0].held === true) return
    const holder = await holderOf(client)
    // Our own former session, behind a connection that was cut: nobody uses it any more.
    if (holder?.name === name) await client.query('select pg_terminate_backend($1)', [holder.pid])
    else if (Date.now() > until) throw inUse(address, holder)
    await delay(50)
  }
}

interface Holder {
  pid: number
  name: string | null
  address: string | null
}

async function holderOf(client: pg.Client): Promise<Holder | undefined> {
  const { rows } = await client.query<Holder>(
    `select a.pid, a.application_name as name, host(a.client_addr) as address from pg_locks l
    join pg_stat_activity a on a.pid = l.pid where l.locktype = 'advisory' and l.classid = $1 and l.objid = $2 and ` +
      `l.granted
    and l.database = (select oid from pg_database where datname = current_database())`,
    [...SERVER_LOCK],
  )
  return rows[0]
}

function inUse(address: string, holder: Holder | undefined): StoreError {
  const who = holder?.name ? ` (${holder.name}${holder.address ? ` from ${holder.address}` : ''})` : ''
  return new StoreError(
    'IN_USE',
    `${address} is in use by another Weir server${who}. Stop that one, or give this one a database of its own.`,
  )
}

/** A query that gets no answer ends the connection, which says so to its listeners. */
async function keepTrying(client: pg.Client, isInUse: () => boolean): Promise<void> {
  for (;;) {
    await delay(PING_MS, undefined, { ref: false })
    if (!isInUse()) return
    try {
      await client.query('select 1')
    } catch (error) {
      client.emit('error', error instanceof Error ? error : new Error(String(error)))
      return endQuietly(client)
    }
  }
}
