import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PostgresServer } from '../../tests/support/postgres.ts'
import { startPostgres } from '../../tests/support/postgres.ts'
import { startWriter } from '../../tests/support/store-writer.ts'
import type { StoreError } from './errors.ts'
import type { DatabaseUnderTest } from './guarantees/test-store.ts'
import { CALLER, createSession, freshPlace, made, WORKSPACE } from './guarantees/test-store.ts'
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
  const place = freshPlace(under)

  test('a second server on the database is refused, whatever its data folder', async () => {
    const error = await place.open({ dataDir: `${place.dataDir}-other` }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'IN_USE' })
    expect(String(error)).toMatch(
      new RegExp(`${addressOf(place.database!)} is in use by another Weir server \\(weir .* ${process.pid}`),
    )
    await made(createSession(place.store, 'the first goes on'))
    await place.store.close()
    await place.open({ dataDir: `${place.dataDir}-other` })
  })

  test('a server that lost its hold on the database says so and writes nothing more', async () => {
    await place.store.close()
    const lost: StoreError[] = []
    const store = await place.open({ onLost: (reason) => lost.push(reason) })
    await query(
      place.database!,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'weir %'`,
    )
    await until(async () => lost.length > 0)
    expect(lost).toMatchObject([{ code: 'LOST' }])
    await expect(createSession(store, 'a')).rejects.toMatchObject({ code: 'LOST' })
    expect(await store.resources.all('session')).toEqual([])
  })

  test('a create that commits first is numbered first, however the others began', async () => {
    let second: Promise<unknown> = Promise.resolve()
    await place.store.transaction(async (groups) => {
      await made(createSession(groups, 'first'))
      second = made(createSession(place.store, 'second'))
      const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted`
      await until(async () => (await query(place.database!, waiting)).length === 1)
      const seen = await place.store.resources.list({ workspace: WORKSPACE, kind: 'session' }, { limit: 10 })
      expect(seen.items).toEqual([])
    })
    await second
    expect((await place.store.resources.all('session')).map(({ name }) => name)).toEqual(['first', 'second'])
  })

  test('what another process announces calls back too', async () => {
    let calls = 0
    place.store.changes.onChange(() => {
      calls++
    })
    await query(place.database!, `notify weir_changes, 'another'`)
    await until(async () => calls === 1)
    await made(createSession(place.store, 'own changes call back once'))
    await query(place.database!, `notify weir_changes, 'another'`)
    await until(async () => calls >= 3)
    expect(calls).toBe(3)
  })

  test('NUL characters, which PostgreSQL has not, break nothing', async () => {
    const { id } = await made(createSession(place.store, 'a', { labels: { k: 'x\0y' } }))
    await place.store.events.append(id, { severity: 'INFO', reason: 'Log', message: 'binary \0 rubbish' })
    expect((await place.store.events.list(id, { limit: 10 })).items.at(-1)?.message).toBe('binary \uFFFD rubbish')
    expect(await place.store.resources.get('session', `${id}\0`)).toBeUndefined()
    expect((await place.store.resources.get('session', id))?.spec.labels).toEqual({ k: 'x\0y' })
    expect(await place.store.resources.rename('session', 'x\0', 'b', CALLER)).toEqual({ outcome: 'MISSING' })
  })

  test('a password never stands in an error', async () => {
    for (const address of [
      'postgres://weir:SECRET@127.0.0.1:1/weir',
      'postgres://weir:SECRET@no-such-host.invalid/weir',
      'postgres://weir:SECRET@[::1/weir',
      'postgres://weir:SECRET%@127.0.0.1:1/weir',
      'mysql://weir:SECRET@127.0.0.1/weir',
      'weir:SECRET@127.0.0.1',
      `${place.database!.replace('weir@', 'weir:SECRET@').replace(/weir_\d+_\d+/, 'absent')}`,
    ]) {
      const error = await place
        .open({ dataDir: `${place.dataDir}-other`, database: address })
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
