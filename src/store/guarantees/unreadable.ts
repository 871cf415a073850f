/** One damaged row does not take the others with it. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { Resource } from '../../domain/resource.ts'
import { NEW_STATUS } from '../../domain/status.ts'
import { UnreadableRecord } from '../unreadable.ts'
import {
  CALLER,
  createJob,
  createSession,
  type DatabaseUnderTest,
  freshStore,
  jobsIn,
  made,
  sessionSpec,
  WORKSPACE,
} from './test-store.ts'

const DAMAGES = [
  '',
  '{',
  '[]',
  'null',
  '7',
  '{"name": "a"}',
  '{"name": "a", "flinkConfiguration": {"a": 1}, "jars": []}',
]

/** As lists tell of one that was not observed yet. */
const summaryOf = ({ id, name, state, createdAt, updatedAt }: Resource) => ({ id, name, state, createdAt, updatedAt })

export function unreadable(under: DatabaseUnderTest): void {
  describe('a row that cannot be read', () => {
    const at = freshStore(under)
    const run = (statement: string) => under.run(at.dataDir, at.database, statement)
    const damage = (table: string, column: string, text: string, where: string) =>
      run(`update ${table} set ${column} = '${text}' where ${where}`)
    const sessions = () => at.store.resources.list({ workspace: WORKSPACE, kind: 'session' }, { limit: 10 })
    let good: Resource
    let bad: Resource
    beforeEach(async () => {
      good = await made(createSession(at.store, 'good'))
      bad = await made(createSession(at.store, 'bad'))
    })

    test.each(DAMAGES)(
      'a spec that is %j: it is left out of the list, which says so, and told when asked for',
      async (text) => {
        await damage('resources', 'spec', text, `id = '${bad.id}'`)
        const message = expect.stringContaining(bad.id)
        expect(await sessions()).toEqual({
          items: [summaryOf(good)],
          unreadable: [{ id: bad.id, name: 'bad', message }],
          total: 2,
        })
        await expect(at.store.resources.get('session', bad.id)).rejects.toThrow(UnreadableRecord)
        expect(at.store.unreadable.list()).toEqual([{ kind: 'session', id: bad.id, column: 'spec' }])
      },
    )

    test('a page with one goes on where it ends', async () => {
      await damage('resources', 'spec', '{', `id = '${good.id}'`)
      const query = { workspace: WORKSPACE, kind: 'session' as const }
      const first = await at.store.resources.list(query, { limit: 1 })
      expect(first).toMatchObject({ items: [], unreadable: [{ id: good.id }], marker: expect.any(String) })
      expect((await at.store.resources.list(query, { limit: 1, marker: first.marker! })).items).toEqual([
        summaryOf(bad),
      ])
    })

    test('once it is mended it is in the list again, and no more told', async () => {
      await damage('resources', 'spec', '{', `id = '${bad.id}'`)
      expect((await sessions()).items).toEqual([summaryOf(good)])
      await damage('resources', 'spec', JSON.stringify(sessionSpec('bad')), `id = '${bad.id}'`)
      expect((await sessions()).items).toEqual([summaryOf(good), summaryOf(bad)])
      expect(at.store.unreadable.list()).toEqual([])
    })

    test('whoever goes over all of them, or over what is in one, still meets it', async () => {
      const job = await made(createJob(at.store, good.id, 'job'))
      await damage('resources', 'spec', '{', `id in ('${bad.id}', '${job.id}')`)
      expect((await at.store.resources.all('session')).map(({ id }) => id)).toEqual([good.id, bad.id])
      expect((await jobsIn(at.store, good.id)).map(({ id }) => id)).toEqual([job.id])
    })

    test('its name stays taken, and changing it is refused', async () => {
      await damage('resources', 'spec', '{', `id = '${bad.id}'`)
      expect(await createSession(at.store, 'bad')).toMatchObject({ outcome: 'NAME_TAKEN', id: bad.id })
      await expect(at.store.resources.rename('session', bad.id, 'new', CALLER)).rejects.toThrow(UnreadableRecord)
    })

    test('deleted by force it is read with an empty spec, to be torn down, and then gone', async () => {
      await damage('resources', 'spec', '{', `id = '${bad.id}'`)
      const how = { cascade: true, force: true }
      expect(await at.store.resources.requestDeletion('session', bad.id, how, CALLER)).toMatchObject({
        outcome: 'CHANGED',
        resource: { id: bad.id, deletion: how, spec: { jars: [], plugins: [] } },
      })
      expect(await at.store.resources.get('session', bad.id)).toMatchObject({ deletion: how })
      await at.store.resources.remove(bad.id)
      expect(await sessions()).toEqual({ items: [summaryOf(good)], total: 1 })
      expect(at.store.unreadable.list()).toEqual([])
    })

    test('deleted without force it stays, and says how it goes', async () => {
      await damage('resources', 'spec', '{', `id = '${bad.id}'`)
      const how = { cascade: false, force: false }
      await expect(at.store.resources.requestDeletion('session', bad.id, how, CALLER)).rejects.toThrow(UnreadableRecord)
    })

    test.each(['{', '{"detail": 1}', '{"detail": "", "restarts": 0, "conditions": [1]}'])(
      'a status that is %j is observed anew',
      async (text) => {
        await damage('resources', 'status', text, `id = '${bad.id}'`)
        const read = await at.store.resources.get('session', bad.id)
        expect(read).toMatchObject({ spec: sessionSpec('bad'), status: { restarts: 0, conditions: [] } })
        expect(read?.status.detail).toContain('observed anew')
        expect(at.store.unreadable.list()).toEqual([{ kind: 'session', id: bad.id, column: 'status' }])
        await at.store.resources.observed(bad.id, { state: 'RUNNING', status: { ...NEW_STATUS, detail: 'up' } })
        expect(await at.store.resources.get('session', bad.id)).toMatchObject({ status: { detail: 'up' } })
      },
    )

    test('a deletion that cannot be read is one, by the way that takes nothing along; asking again mends it', async () => {
      await damage('resources', 'deletion', '{', `id = '${bad.id}'`)
      expect(await at.store.resources.get('session', bad.id)).toMatchObject({
        deletion: { cascade: false, force: false },
      })
      const how = { cascade: false, force: false }
      await at.store.resources.requestDeletion('session', bad.id, how, CALLER)
      expect((await at.store.resources.get('session', bad.id))?.deletion).toMatchObject(how)
    })

    test('a generation whose spec is lost counts as lost: it is removed and replaced', async () => {
      const spec = { ...EFFECTIVE, name: 'good', workspace: WORKSPACE }
      const generation = await at.store.generations.begin(good.id, spec)
      await damage('generations', 'spec', '{', `resource = '${good.id}'`)
      expect(await at.store.generations.list(good.id)).toMatchObject([
        {
          generation: 1,
          end: { kind: 'LOST', code: 'RECORD_UNREADABLE', retryable: true },
          endedAt: expect.any(String),
        },
      ])
      await at.store.generations.removed(generation)
      expect(await at.store.generations.begin(good.id, spec)).toMatchObject({ generation: 2, spec })
    })

    test('an attempt whose outcome is lost is not run once more', async () => {
      const job = await made(createJob(at.store, good.id, 'job'))
      const attempt = await at.store.attempts.begin({
        job: job.id,
        host: good.id,
        flinkJobId: 'f'.repeat(32),
        generation: 1,
        incarnation: 'i',
      })
      await at.store.attempts.update(job.id, attempt!.n, { phase: 'ENDED', outcome: { result: 'FINISHED' } })
      await damage('job_attempts', 'outcome', '{', `job = '${job.id}'`)
      expect(await at.store.attempts.list(job.id)).toMatchObject([
        { phase: 'ENDED', outcome: { result: 'FAILED', code: 'RECORD_UNREADABLE' } },
      ])
      expect(await at.store.attempts.abandoned(good.id)).toEqual(['f'.repeat(32)])
    })

    test('a workspace whose status is lost is inspected anew', async () => {
      await damage('workspaces', 'status', '{', `id = '${WORKSPACE}'`)
      expect(await at.store.workspaces.get(WORKSPACE)).toMatchObject({ id: WORKSPACE, status: { conditions: [] } })
      expect((await at.store.workspaces.list({ limit: 10 })).items.map(({ id }) => id)).toContain(WORKSPACE)
    })

    test('a Kubernetes cluster whose address is lost is left out, given another, or forgotten', async () => {
      const config = { cluster: { server: 'https://k:1' }, auth: { bearerToken: { token: 't' } } }
      const organization = 'TESTS'
      const [a, b] = await Promise.all(
        ['a', 'b'].map((name) => at.store.kubeClusters.create({ organization, name, config })),
      )
      const idOf = (outcome: typeof a) => (outcome && 'resource' in outcome ? outcome.resource.id : '')
      await damage('clusters', 'server', '7', `name = 'a'`)
      const { items, unreadable: left } = await at.store.kubeClusters.list({ limit: 10 })
      expect([items.map(({ id }) => id), left?.map(({ id }) => id)]).toEqual([[idOf(b)], [idOf(a)]])
      expect(await at.store.kubeClusters.all()).toHaveLength(2)
      await expect(at.store.kubeClusters.get(idOf(a))).rejects.toThrow(UnreadableRecord)
      await expect(at.store.kubeClusters.config(idOf(a))).rejects.toThrow(UnreadableRecord)
      expect(await at.store.kubeClusters.update(idOf(a), { config })).toMatchObject({ outcome: 'CHANGED' })
      expect(await at.store.kubeClusters.config(idOf(a))).toEqual(config)
      await damage('clusters', 'server', '7', `name = 'a'`)
      expect(await at.store.kubeClusters.remove(idOf(a))).toEqual({ outcome: 'REMOVED' })
    })

    test('an uploaded file whose inspection is lost is there without it', async () => {
      const file = { workspace: WORKSPACE, name: 'a.jar', sizeBytes: 1, sha256: 'ab' }
      const inspection = { entries: 1, classes: 1, entryClasses: [], connectors: [], bundlesFlink: [], signed: false }
      const added = await at.store.artifacts.add({ ...file, inspection: { ...inspection, signers: [] } })
      if (!('artifact' in added)) throw new Error(added.outcome)
      await damage('artifacts', 'inspection', '[1]', `name = 'a.jar'`)
      expect(await at.store.artifacts.list({ workspace: WORKSPACE }, { limit: 10 })).toEqual({
        items: [{ ...file, id: added.artifact.id, version: 1, createdAt: added.artifact.createdAt }],
      })
    })

    test('what is found is told once, also to whoever asks later', async () => {
      await damage('resources', 'spec', '{', `id = '${bad.id}'`)
      const found: string[] = []
      at.store.unreadable.onFound(({ id }) => found.push(id))
      await sessions()
      await sessions()
      at.store.unreadable.onFound(({ id }) => found.push(id))
      expect(found).toEqual([bad.id, bad.id])
    })
  })
}

const EFFECTIVE = {
  runtime: 'FLINK_1_20' as const,
  flinkConfiguration: {},
  logConfiguration: {},
  jars: [],
  plugins: [],
  jobManager: { memoryBytes: 1, cpu: 1 },
  taskManager: { memoryBytes: 1, cpu: 1, slots: 1 },
  initialTaskManagers: 1,
}
