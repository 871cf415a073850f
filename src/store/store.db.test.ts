import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PostgresServer } from '../../tests/support/postgres.ts'
import { query, startPostgres } from '../../tests/support/postgres.ts'
import { startWriter } from '../../tests/support/store-writer.ts'
import type { StoreError } from './errors.ts'
import { codeOf } from './errors.ts'
import type { DatabaseUnderTest } from './guarantees/test-store.ts'
import { CALLER, createSession, freshStore, made, WORKSPACE } from './guarantees/test-store.ts'
import { addressOf, openPostgres } from './postgres.ts'
import { SERVER_LOCK, WRITE_LOCK } from './postgres-hold.ts'
import { storeGuarantees } from './suite.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

const under: DatabaseUnderTest = {
  name: 'PostgreSQL',
  create: () => server.createDatabase(),
  startWriter,
  run: async (_dataDir, database, statement) => {
    await query(database!, statement)
  },
  rows: (_dataDir, database, statement) => query(database!, statement),
  backend: (_dataDir, database) => openPostgres(database!, () => {}),
}

/** Awaits a condition, with a deadline. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await condition()); ) {
    if (Date.now() > deadline) throw new Error('The condition never came true')
    await delay(5)
  }
}

storeGuarantees(under)

describe('the store in PostgreSQL', () => {
  const testStore = freshStore(under)

  test('a second server on the database is refused, whatever its data folder', async () => {
    const error = await testStore.open({ dataDir: `${testStore.dataDir}-other` }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'IN_USE' })
    expect(String(error)).toMatch(
      new RegExp(`${addressOf(testStore.database!)} is in use by another Weir server \\(weir .* ${process.pid}`),
    )
    await made(createSession(testStore.store, 'the first goes on'))
    await testStore.store.close()
    await testStore.open({ dataDir: `${testStore.dataDir}-other` })
  })

  describe('connections that end', () => {
    const endAll = `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()`
    const refusal = async (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined, codeOf)

    test('nothing is written until the database is held again, and then all goes on', async () => {
      const calls: number[] = []
      testStore.store.changes.onChange(() => calls.push(1))
      await query(testStore.database!, endAll)
      const codes = new Set<unknown>()
      await until(async () => {
        const code = await refusal(made(createSession(testStore.store, 'a')))
        codes.add(code)
        return code === undefined
      })
      expect(codes).toEqual(new Set(['UNAVAILABLE', undefined]))
      expect((await testStore.store.resources.all('session')).map(({ name }) => name)).toEqual(['a'])
      expect(await testStore.store.problem()).toBeUndefined()
      // One for the time that nobody listened in, one for the session.
      await until(async () => calls.length >= 2)
    })

    test('a transaction whose connection ends between two statements writes nothing and ends nobody', async () => {
      const work = testStore.store.transaction(async (groups) => {
        await made(createSession(groups, 'half'))
        await query(testStore.database!, endAll)
        await until(async () => (await testStore.store.problem()) !== undefined)
        await made(createSession(groups, 'other half'))
      })
      expect(await refusal(work)).toBe('UNAVAILABLE')
      await until(async () => (await testStore.store.problem()) === undefined)
      expect(await testStore.store.resources.all('session')).toEqual([])
    })

    test('a statement that is cancelled is none of the lost, and its connection is used again', async () => {
      const turn = await anotherWriter(testStore.database!)
      const waiting = refusal(made(createSession(testStore.store, 'b')))
      const cancel = `select pg_cancel_backend(pid) from pg_locks where locktype = 'advisory' and not granted`
      await until(async () => (await query(testStore.database!, cancel)).length === 1)
      expect(await waiting).toBe('TIMEOUT')
      await turn.end()
      await made(createSession(testStore.store, 'b'))
    })

    test('a database that another server took meanwhile is lost: that is said, and nothing is written', async () => {
      const lost: StoreError[] = []
      await testStore.store.close()
      const store = await testStore.open({ onLost: (reason) => lost.push(reason) })
      const other = new pg.Client({ connectionString: testStore.database!, application_name: 'weir elsewhere 1' })
      await other.connect()
      await other.query(endAll)
      await other.query(`select pg_advisory_lock(${SERVER_LOCK[0]}, ${SERVER_LOCK[1]})`)
      await until(async () => lost.length > 0)
      expect(lost).toMatchObject([{ code: 'LOST', message: expect.stringContaining('weir elsewhere') }])
      expect(await refusal(createSession(store, 'a'))).toBe('LOST')
      expect(await store.resources.all('session')).toEqual([])
      await other.end()
    })

    test.each([
      ['another installation', `update installation set id = 'other', anchor = 'elsewhere'`],
      ['nothing', 'delete from installation'],
    ])('a database that holds %s after that is lost, too', async (_what, change) => {
      const lost: StoreError[] = []
      await testStore.store.close()
      await testStore.open({ onLost: (reason) => lost.push(reason) })
      await query(testStore.database!, `${change}; ${endAll}`)
      await until(async () => lost.length > 0)
      expect(lost).toMatchObject([{ code: 'LOST', message: expect.stringContaining('is not what it was') }])
    })

    test('a write that passes the fence after the hold has gone is refused by the database itself', async () => {
      const end = `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'weir %' and datname = current_database()`
      await made(createSession(testStore.store, 'before'))
      const turn = await anotherWriter(testStore.database!)
      const written = refusal(made(createSession(testStore.store, 'after')))
      const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted`
      await until(async () => (await query(testStore.database!, waiting)).length === 1)
      await query(testStore.database!, end)
      await turn.end()
      expect(await written).toBe('UNAVAILABLE')
      expect((await testStore.store.resources.all('session')).map(({ name }) => name)).toEqual(['before'])
    })

    test('a database that becomes read-only takes no writes, and those go on when it is over', async () => {
      const name = new URL(testStore.database!).pathname.slice(1)
      await query(testStore.database!, `alter database ${name} set default_transaction_read_only = on; ${endAll}`)
      expect(await refusal(createSession(testStore.store, 'a'))).toMatch(/READ_ONLY|UNAVAILABLE/)
      expect(await testStore.store.resources.all('session')).toEqual([])
      await query(
        testStore.database!,
        `begin read write; alter database ${name} reset default_transaction_read_only; commit`,
      )
      await until(async () => (await refusal(made(createSession(testStore.store, 'a')))) === undefined)
    })

    test('a commit whose answer is lost is called neither done nor undone, and its key finds out', async () => {
      await testStore.store.close()
      const cut = await cuttingProxy(testStore.database!)
      const store = await testStore.open({ database: cut.address })
      const claim = { identity: CALLER, method: 'POST', path: '/p', key: 'k', bodyHash: 'h' }
      cut.armed = true
      expect(await refusal(createSession(store, 'a', { claim }))).toBe('OUTCOME_UNKNOWN')
      let again: unknown
      await until(async () => {
        again = await createSession(store, 'a', { claim }).catch(() => undefined)
        return again !== undefined
      })
      expect(again).toMatchObject({ outcome: 'REPEATED', resource: { name: 'a' } })
      expect(await store.resources.all('session')).toHaveLength(1)
      await store.close()
      await cut.close()
    })
  })

  test('a create that commits first is numbered first, however the others began', async () => {
    let second: Promise<unknown> = Promise.resolve()
    await testStore.store.transaction(async (groups) => {
      await made(createSession(groups, 'first'))
      second = made(createSession(testStore.store, 'second'))
      await delay(5)
      const page = await testStore.store.resources.list({ workspace: WORKSPACE, kind: 'session' }, { limit: 10 })
      expect(page.items).toEqual([])
    })
    await second
    expect((await testStore.store.resources.all('session')).map(({ name }) => name)).toEqual(['first', 'second'])
  })

  test('what another process announces calls back too', async () => {
    let calls = 0
    testStore.store.changes.onChange(() => {
      calls++
    })
    await query(testStore.database!, `notify weir_changes, 'another'`)
    await until(async () => calls === 1)
    await made(createSession(testStore.store, 'own changes call back once'))
    await query(testStore.database!, `notify weir_changes, 'another'`)
    await until(async () => calls >= 3)
    expect(calls).toBe(3)
  })

  test('NUL characters, which PostgreSQL has not, break nothing', async () => {
    const { id } = await made(createSession(testStore.store, 'a', { labels: { k: 'x\0y' } }))
    await testStore.store.events.append(id, { severity: 'INFO', reason: 'Log', message: 'binary \0 rubbish' })
    expect((await testStore.store.events.list(id, { limit: 10 })).items.at(-1)?.message).toBe('binary \uFFFD rubbish')
    expect(await testStore.store.resources.get('session', `${id}\0`)).toBeUndefined()
    expect((await testStore.store.resources.get('session', id))?.spec.labels).toEqual({ k: 'x\0y' })
    expect(await testStore.store.resources.rename('session', 'x\0', 'b', CALLER)).toEqual({ outcome: 'MISSING' })
  })

  test('a password never stands in an error', async () => {
    for (const address of [
      'postgres://weir:SECRET@127.0.0.1:1/weir',
      'postgres://weir:SECRET@no-such-host.invalid/weir',
      'postgres://weir:SECRET@[::1/weir',
      'postgres://weir:SECRET%@127.0.0.1:1/weir',
      'mysql://weir:SECRET@127.0.0.1/weir',
      'weir:SECRET@127.0.0.1',
      `${testStore.database!.replace('weir@', 'weir:SECRET@').replace(/weir_\d+_\d+/, 'absent')}`,
    ]) {
      const error = await testStore
        .open({ dataDir: `${testStore.dataDir}-other`, database: address })
        .catch((reason: unknown) => reason)
      expect(codeOf(error)).toMatch(/^(UNAVAILABLE|UNUSABLE|REFUSED)$/)
      expect(everything(error)).not.toContain('SECRET')
    }
  })
})

/** Has the turn of those who write, until it ends. */
async function anotherWriter(database: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  await client.query(`select pg_advisory_lock(${WRITE_LOCK[0]}, ${WRITE_LOCK[1]})`)
  return client
}

/** Stands before the server's socket; armed, it swallows the answer to the next commit and cuts everything. */
async function cuttingProxy(database: string) {
  const [behind, folder] = [new URL(database).searchParams.get('host') ?? '', mkdtempSync(join(tmpdir(), 'weir-cut-'))]
  const sockets = new Set<Socket>()
  const cut = { address: database.replace(encodeURIComponent(behind), encodeURIComponent(folder)), armed: false }
  const proxy = createServer((client) => {
    const upstream = connect(join(behind, '.s.PGSQL.5432'))
    let committing = false
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}))
    client.on('data', (data) => {
      committing ||= cut.armed && data.includes('commit\0')
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (!committing) return void client.write(data)
      cut.armed = false
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(join(folder, '.s.PGSQL.5432'), resolve))
  return Object.assign(cut, {
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

/** All that a log might write of an error: messages, stacks, properties, causes. */
function everything(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  return [error.stack, JSON.stringify(error, Object.getOwnPropertyNames(error)), everything(error.cause)].join('\n')
}
