/** Writers that wait together share a commit, and nothing else. */
import { describe, expect, test } from 'vitest'
import { accessTo } from '../access.ts'
import type { Backend } from '../backend.ts'
import { StoreError } from '../errors.ts'
import { listedResources } from '../listed.ts'
import { keptTimes } from '../observed-times.ts'
import { resourcesOf } from '../resources.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { createSession, freshStore, made } from './test-store.ts'

export const sharedCommits = (under: DatabaseUnderTest) =>
  describe('writers that wait together', () => {
    const testStore = freshStore(under)

    /** The groups on a database that counts the transactions that were begun, with a way to write. */
    async function counted(wrap: (backend: Backend) => Partial<Backend> = () => ({})) {
      await testStore.store.close()
      const backend = await under.backend(testStore.dataDir, testStore.database)
      const counts = { begun: 0, woken: 0 }
      const serialise: Backend['serialise'] = async (trx) => {
        counts.begun++
        await backend.serialise(trx)
      }
      const written = { committed: () => void counts.woken++, failed: () => {} }
      const parts = { ...backend, serialise }
      const memory = { times: keptTimes(), listed: listedResources() }
      const access = accessTo({ ...parts, ...wrap(parts) }, testStore.clock, written, memory)
      const names = async () => (await resourcesOf(access).all('session')).map(({ name }) => name)
      return { resources: resourcesOf(access), access, counts, names, close: () => backend.close() }
    }
    const NAMES = Array.from({ length: 50 }, (_, i) => `s${i}`)

    test('share a commit, are numbered in their order, and wake those who follow once', async () => {
      const { resources, counts, names, close } = await counted()
      await Promise.all(NAMES.map((name) => made(createSession({ resources }, name))))
      expect(await names()).toEqual(NAMES)
      // A commit takes only so much work, and which machine does that is not known.
      expect(counts.begun).toBeLessThan(NAMES.length / 2)
      expect(counts.woken).toBe(counts.begun)
      await close()
    })

    test('fail each alone: what it wrote is undone, and the others go on', async () => {
      const { access, names, close } = await counted()
      const work = (name: string) =>
        access.write(async (tx) => {
          const groups = { resources: resourcesOf({ ...access, db: tx.db, write: (inner) => inner(tx) }) }
          await made(createSession(groups, name))
          if (name.startsWith('bad')) await tx.db.insertInto('observed_times').values({ part: 1, times: '' }).execute()
          if (name === 'bad 1') throw new Error(name)
          // In PostgreSQL nothing more can be done in a transaction in which this has failed.
          if (name === 'bad 2') await tx.db.insertInto('observed_times').values({ part: 1, times: '' }).execute()
        })
      const order = ['bad 1', 'a', 'bad 1', 'b', 'bad 2', 'c', 'bad 2']
      const outcomes = await Promise.allSettled(order.map(work))
      expect(outcomes.map(({ status }, i) => [order[i], status])).toEqual(
        order.map((name) => [name, name.startsWith('bad') ? 'rejected' : 'fulfilled']),
      )
      expect(await names()).toEqual(['a', 'b', 'c'])
      await access.write(async (tx) => {
        expect(await tx.db.selectFrom('observed_times').selectAll().execute()).toEqual([])
      })
      await close()
    })

    test('whose commit fails are each tried alone, so that what fails alone is told alone', async () => {
      let full = true
      const { resources, counts, names, close } = await counted((backend) => ({
        async announce(trx) {
          const { n } = await trx
            .selectFrom('resources')
            .select((row) => row.fn.countAll<number>().as('n'))
            .executeTakeFirstOrThrow()
          if (full && Number(n) > 1) throw new StoreError('DISK_FULL', 'full')
          await backend.announce(trx)
        },
      }))
      const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => made(createSession({ resources }, name))))
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
      expect(outcomes[1]).toMatchObject({ reason: { code: 'DISK_FULL' } })
      full = false
      await made(createSession({ resources }, 'd'))
      expect(await names()).toEqual(['a', 'd'])
      expect(counts.woken).toBe(2)
      await close()
    })

    test('are all told when nobody knows whether their commit happened, and none is done again', async () => {
      let lost = true
      const { resources, counts, names, close } = await counted(() => ({
        async announce() {
          if (lost) throw new StoreError('OUTCOME_UNKNOWN', 'the commit was not answered')
        },
      }))
      const outcomes = await Promise.allSettled(['a', 'b'].map((name) => made(createSession({ resources }, name))))
      const unknown = { status: 'rejected', reason: { code: 'OUTCOME_UNKNOWN' } }
      expect(outcomes).toMatchObject([unknown, unknown])
      expect(counts).toEqual({ begun: 1, woken: 1 })
      lost = false
      await made(createSession({ resources }, 'c'))
      expect(await names()).toEqual(['c'])
      await close()
    })

    test('are done again where the database had one of them give way', async () => {
      const { access, resources, names, close } = await counted()
      let tries = 0
      const giving = access.write(async () => {
        if (++tries < 3) throw new StoreError('CONFLICT', 'gave way')
        return tries
      })
      const others = ['a', 'b'].map((name) => made(createSession({ resources }, name)))
      expect(await giving).toBe(3)
      await Promise.all(others)
      expect(await names()).toEqual(['a', 'b'])
      await close()
    })
  })
