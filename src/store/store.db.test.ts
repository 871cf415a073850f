import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PostgresServer } from '../../tests/support/postgres.ts'
import { startPostgres } from '../../tests/support/postgres.ts'
import { startWriter } from '../../tests/support/store-writer.ts'
import type { StoreError } from './errors.ts'
import type { DatabaseUnderTest } from './guarantees/test-store.ts'
import { CALLER, createSession, freshStore, made, WORKSPACE } from './guarantees/test-store.ts'
import { addressOf } from './postgres.ts'
import { storeGuarantees } from './suite.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

async function query(database: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

const under: DatabaseUnderTest = {
  name: 'PostgreSQL',
  create: () => server.createDatabase(),
  startWriter,
  run: async (_dataDir, database, statement) => {
    await query(database!, statement)
  },
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

  test('a server that lost its hold on the database says so and writes nothing more', async () => {
    await testStore.store.close()
    const lost: StoreError[] = []
    const store = await testStore.open({ onLost: (reason) => lost.push(reason) })
    await query(
      testStore.database!,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'weir %'`,
    )
    await until(async () => lost.length > 0)
    expect(lost).toMatchObject([{ code: 'LOST' }])
    await expect(createSession(store, 'a')).rejects.toMatchObject({ code: 'LOST' })
    expect(await store.resources.all('session')).toEqual([])
  })

  test('a create that commits first is numbered first, however the others began', async () => {
    let second: Promise<unknown> = Promise.resolve()
    await testStore.store.transaction(async (groups) => {
      await made(createSession(groups, 'first'))
      second = made(createSession(testStore.store, 'second'))
      const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted`
      await until(async () => (await query(testStore.database!, waiting)).length === 1)
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
      expect(error).toMatchObject({ code: 'UNAVAILABLE' })
      expect(everything(error)).not.toContain('SECRET')
    }
  })
})

/** All that a log might write of an error: messages, stacks, properties, causes. */
function everything(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  return [error.stack, JSON.stringify(error, Object.getOwnPropertyNames(error)), everything(error.cause)].join('\n')
}
