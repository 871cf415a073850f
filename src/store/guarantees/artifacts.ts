/** Uploaded files: versions, what specs name, and that nothing in use is forgotten. */
import { describe, expect, test } from 'vitest'
import type { JarInspection } from '../../domain/jar.ts'
import type { SessionSpec } from '../../domain/spec.ts'
import type { ArtifactAdded, NewArtifact } from '../artifact-records.ts'
import type { IdempotencyClaim } from '../idempotency.ts'
import type { CreateOutcome } from '../resource-records.ts'
import type { Store } from '../store.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { CALLER, freshStore, made, sessionSpec, WORKSPACE, walk } from './test-store.ts'

const claim: IdempotencyClaim = {
  identity: 'service-account:A',
  method: 'POST',
  path: '/artifacts',
  key: 'k',
  bodyHash: 'h',
}

const EMPTY_JAR: JarInspection = {
  entries: 0,
  classes: 0,
  entryClasses: [],
  connectors: [],
  bundlesFlink: [],
  signed: false,
  signers: [],
}

const content = (name: string, sha256: string, workspace = WORKSPACE): NewArtifact => ({
  workspace,
  name,
  sha256,
  sizeBytes: 5_000_000_000,
})

async function added(outcome: Promise<ArtifactAdded>) {
  const answer = await outcome
  if (!('artifact' in answer)) throw new Error(`expected a version: ${JSON.stringify(answer)}`)
  return answer.artifact
}

export const artifacts = (under: DatabaseUnderTest) =>
  describe('uploaded files', () => {
    const testStore = freshStore(under)
    const add = (name: string, sha256: string, workspace?: string) =>
      testStore.store.artifacts.add(content(name, sha256, workspace))
    const create = (
      name: string,
      change: Partial<SessionSpec>,
      store: Pick<Store, 'resources'> = testStore.store,
    ): Promise<CreateOutcome> =>
      store.resources.create({
        kind: 'session',
        workspace: WORKSPACE,
        name,
        spec: { ...sessionSpec(name), ...change },
        by: CALLER,
      })

    test('a version is read back as it was answered', async () => {
      const whole = {
        ...content('a.jar', 'f0'),
        contentType: 'application/zip',
        inspection: { ...EMPTY_JAR, entryClasses: ['A'] },
      }
      const artifact = await added(testStore.store.artifacts.add(whole))
      expect(artifact).toEqual({ ...whole, id: expect.any(String), version: 1, createdAt: '2026-01-01T00:00:00.000Z' })
      await testStore.reopen()
      expect(await testStore.store.artifacts.get(artifact.id)).toEqual(artifact)
    })

    test('versions count up by name and workspace, and no number is given twice', async () => {
      const first = await added(add('a.jar', '1'))
      expect(await add('a.jar', '1')).toEqual({ outcome: 'SAME_CONTENT', artifact: first })
      const second = await added(add('a.jar', '2'))
      expect([
        second.version,
        (await added(add('a.jar', '1'))).version,
        (await added(add('b.jar', '1'))).version,
      ]).toEqual([2, 3, 1])
      expect((await added(add('a.jar', '1', 'OTHER'))).version).toBe(1)
      const newest = await testStore.store.artifacts.find(WORKSPACE, { name: 'a.jar' })
      await testStore.store.artifacts.remove(newest!.id)
      expect(await testStore.store.artifacts.find(WORKSPACE, { name: 'a.jar' })).toEqual(second)
      expect((await added(add('a.jar', '4'))).version).toBe(4)
    })

    test('of uploads that race for a name each has a version of its own', async () => {
      const versions = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => (await added(add('a.jar', String(i)))).version),
      )
      expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    })

    test('a key makes one version, whatever came in between', async () => {
      const first = await added(testStore.store.artifacts.add(content('a.jar', '1'), claim))
      await add('a.jar', '2')
      expect(await testStore.store.artifacts.add(content('a.jar', '1'), claim)).toEqual({
        outcome: 'REPEATED',
        artifact: first,
      })
      expect(await testStore.store.artifacts.add(content('a.jar', '3'), { ...claim, bodyHash: 'other' })).toEqual({
        outcome: 'KEY_REUSED',
      })
      await testStore.store.artifacts.remove(first.id)
      expect(await testStore.store.artifacts.add(content('a.jar', '1'), claim)).toEqual({ outcome: 'GONE' })
    })

    test('lists go by workspace and name, page by page, in the order in which they came', async () => {
      for (const [name, sha] of [
        ['b.jar', '1'],
        ['a.jar', '2'],
        ['b.jar', '3'],
      ] as const)
        await add(name, sha)
      await add('b.jar', '4', 'OTHER')
      const names = async (filter: { name?: string }) =>
        (
          await walk((marker) =>
            testStore.store.artifacts.list(
              { workspace: WORKSPACE, ...filter },
              { limit: 1, ...(marker ? { marker } : {}) },
            ),
          )
        ).map(({ name, version }) => name + version)
      expect(await names({})).toEqual(['b.jar1', 'a.jar1', 'b.jar2'])
      expect(await names({ name: 'b.jar' })).toEqual(['b.jar1', 'b.jar2'])
    })

    test('a workspace that is gone, or on its way, takes none; what was in it goes with it', async () => {
      expect(await add('a.jar', '1', 'NONE')).toEqual({ outcome: 'WORKSPACE_MISSING' })
      await add('a.jar', '1', 'OTHER')
      await testStore.store.workspaces.requestDeletion('OTHER')
      expect(await add('a.jar', '2', 'OTHER')).toEqual({ outcome: 'WORKSPACE_DELETING' })
      expect(await testStore.store.artifacts.holds('1')).toBe(true)
      expect(await testStore.store.workspaces.remove('OTHER')).toBe(true)
      expect(await testStore.store.artifacts.holds('1')).toBe(false)
    })

    test('a spec is pinned to the newest versions, which are kept until the last who uses them is gone', async () => {
      const [old, plugin] = [await added(add('a.jar', '1')), await added(add('p.jar', '2'))]
      const session = await made(
        create('one', {
          jars: ['artifact://a.jar', 'https://h/x.jar'],
          plugins: [{ name: 'p', jars: ['artifact://p.jar'] }],
        }),
      )
      await add('a.jar', '3')
      expect(session.spec).toMatchObject({
        jars: ['artifact://a.jar?version=1', 'https://h/x.jar'],
        plugins: [{ name: 'p', jars: ['artifact://p.jar?version=1'] }],
      })
      const spec = { name: 'j', flinkConfiguration: {}, job: { args: [], jarUri: 'artifact://a.jar?version=1' } }
      const job = await made(
        testStore.store.resources.create({
          kind: 'job',
          workspace: WORKSPACE,
          parent: session.id,
          name: 'j',
          spec,
          by: CALLER,
        }),
      )
      const by = [
        { kind: 'session', id: session.id, name: 'one' },
        { kind: 'job', id: job.id, name: 'j' },
      ]
      expect(await testStore.store.artifacts.remove(old.id)).toEqual({ outcome: 'IN_USE', by })
      await testStore.store.resources.requestDeletion('session', session.id, { cascade: true, force: false }, CALLER)
      await testStore.store.resources.remove(job.id)
      expect(await testStore.store.artifacts.remove(plugin.id)).toEqual({ outcome: 'IN_USE', by: by.slice(0, 1) })
      await testStore.store.resources.remove(session.id)
      for (const { id } of [old, plugin])
        expect(await testStore.store.artifacts.remove(id)).toEqual({ outcome: 'REMOVED' })
      expect(await testStore.store.artifacts.remove(old.id)).toEqual({ outcome: 'MISSING' })
    })

    test('a spec that names what is not there is not created; each name is reported with what there is', async () => {
      await add('a.jar', '1')
      await add('a.jar', '2')
      await add('secret.jar', '3', 'OTHER')
      expect(await create('one', { jars: ['artifact://a.jar?version=3', 'artifact://secret.jar'] })).toEqual({
        outcome: 'ARTIFACTS_MISSING',
        missing: [
          { path: '/jars/0', name: 'a.jar', version: 3, versions: [2, 1], names: [] },
          { path: '/jars/1', name: 'secret.jar', versions: [], names: ['a.jar'] },
        ],
      })
      expect(await testStore.store.resources.all('session')).toEqual([])
    })

    test('of a create and a deletion of what it names exactly one goes through', async () => {
      for (let round = 0; round < 10; round++) {
        const { id } = await added(add('a.jar', String(round)))
        const [created, removed] = await Promise.all([
          create(`s${round}`, { jars: ['artifact://a.jar?version=' + String(round + 1)] }),
          testStore.store.artifacts.remove(id),
        ])
        expect([created.outcome, removed.outcome]).toEqual(
          created.outcome === 'CREATED' ? ['CREATED', 'IN_USE'] : ['ARTIFACTS_MISSING', 'REMOVED'],
        )
      }
    })
  })
