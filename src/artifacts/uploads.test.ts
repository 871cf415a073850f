import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { manualClock } from '../../tests/support/clock.ts'
import { Failure } from '../domain/failure.ts'
import { createArtifacts } from './fetch.ts'
import type { UploadsOptions } from './uploads.ts'
import { createUploads } from './uploads.ts'

const ONE = createHash('sha256').update('one').digest('hex')
const clock = manualClock()
let base: string
let folder: string
let used: Set<string>

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'weir-uploads-'))
  folder = join(base, 'artifacts')
  used = new Set()
  onTestFinished(() => rm(base, { recursive: true, force: true }))
})

const open = (change: Partial<UploadsOptions> = {}) =>
  createUploads({ folder, maxBytes: 1000, clock, isUsed: async (sha256) => used.has(sha256), ...change })

async function* bytes(...chunks: string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

/** Gives these and then nothing, without an end. */
async function* stuck(...chunks: string[]): AsyncGenerator<Buffer> {
  yield* bytes(...chunks)
  await new Promise(() => {})
}

const recorded = async (): Promise<void> => {
  used.add(ONE)
}

test('what an earlier life left half done is removed at the start; unused contents go with a sweep', async () => {
  await mkdir(folder)
  for (const name of ['a.upload', '.b.part', ONE]) await writeFile(join(folder, name), 'x')
  used.add(ONE)
  const uploads = await open()
  await uploads.sweep()
  expect(await readdir(folder)).toEqual([ONE])
  used.clear()
  await uploads.sweep()
  expect(await readdir(folder)).toEqual([])
})

test('what the store does not know after all is not kept', async () => {
  const uploads = await open()
  await uploads.keep(await uploads.receive(bytes('o', 'ne')), async () => {})
  expect(await readdir(folder)).toEqual([])
  await expect(
    uploads.keep(await uploads.receive(bytes('one')), async () => {
      throw new Error('no store')
    }),
  ).rejects.toThrow('no store')
  expect(await readdir(folder)).toEqual([])
})

test('a content that is there already is kept when the store fails to take it once more', async () => {
  const uploads = await open()
  await uploads.keep(await uploads.receive(bytes('one')), recorded)
  await expect(
    uploads.keep(await uploads.receive(bytes('one')), async () => {
      throw new Error('no store')
    }),
  ).rejects.toThrow('no store')
  expect(await readFile(uploads.path(ONE), 'utf8')).toBe('one')
})

test('a caller who sends nothing more is given up after a while, and nothing of it stays', async () => {
  const clock = manualClock()
  const uploads = await open({ clock, pace: { everyMs: 1000, leastBytes: 10 } })
  let error: unknown
  void uploads.receive(stuck('0123456789')).catch((reason: unknown) => {
    error = reason
  })
  while (error === undefined) await clock.advance(1000)
  expect([error, await readdir(folder), clock.pending()]).toEqual([
    expect.objectContaining({ reason: 'STALLED' }),
    [],
    0,
  ])
})

test('a caller who sends too much is told the limit, and nothing of it stays', async () => {
  const uploads = await open()
  await expect(uploads.receive(bytes('x'.repeat(600), 'x'.repeat(600)))).rejects.toMatchObject({
    reason: 'TOO_LARGE',
    message: expect.stringContaining('1000 bytes'),
  })
  expect([await readdir(folder), clock.pending()]).toEqual([[], 0])
})

test('more than the disk has room for is refused before it comes', async () => {
  const uploads = await open({ maxBytes: 2 ** 60 })
  let asked = false
  const chunks = {
    [Symbol.asyncIterator]: () => {
      asked = true
      return bytes('x')
    },
  }
  await expect(uploads.receive(chunks, { totalBytes: 2 ** 59 })).rejects.toMatchObject({
    code: 'DISK_FULL',
    cause: { code: 'ENOSPC' },
  })
  expect(asked).toBe(false)
})

test('a file in which something is wrong is refused in the words of whoever looked into it, and gone', async () => {
  const uploads = await open({
    inspect: async () => {
      throw new Failure('FILE_UNAVAILABLE', 'it is no jar')
    },
  })
  await expect(uploads.receive(bytes('one'))).rejects.toMatchObject({ reason: 'UNUSABLE', message: 'it is no jar' })
  expect(await readdir(folder)).toEqual([])
})

describe('as a source', () => {
  const source = async (uploads: Awaited<ReturnType<typeof open>>) =>
    createArtifacts({
      fileRoots: [],
      allowAddresses: [],
      uploads: {
        find: async (workspace, { name, version }) =>
          workspace === 'WS' && name === 'a.jar' && version === 1
            ? { path: uploads.path(ONE), sizeBytes: 3, sha256: ONE }
            : undefined,
      },
    })
  const into = (): string => join(base, 'into')

  test('an upload is placed under its name without taking room, again and again', async () => {
    await mkdir(into())
    const uploads = await open()
    await uploads.keep(await uploads.receive(bytes('one')), recorded)
    const artifacts = await source(uploads)
    for (let times = 0; times < 2; times++) {
      expect(await artifacts.fetch('artifact://a.jar?version=1', into(), { workspace: 'WS' })).toEqual({
        path: join(into(), 'a.jar'),
        sizeBytes: 3,
        sha256: ONE,
      })
    }
    expect((await stat(join(into(), 'a.jar'))).ino).toBe((await stat(uploads.path(ONE))).ino)
  })

  test('what another workspace has, what is not there and what was lost is told apart from what is', async () => {
    await mkdir(into())
    const uploads = await open()
    const artifacts = await source(uploads)
    for (const [uri, options, why] of [
      ['artifact://a.jar?version=1', { workspace: 'OTHER' }, /version=1 can't be fetched: no such file was uploaded/],
      ['artifact://a.jar?version=1', {}, /no such file was uploaded/],
      ['artifact://a.jar?version=2', { workspace: 'WS' }, /no such file was uploaded/],
      ['artifact://a.jar?v=1', { workspace: 'WS' }, /v=\*\*\* can't be fetched: it is not like/],
      ['artifact://a.jar?version=1', { workspace: 'WS' }, /not in the data folder any more.*upload it again/],
    ] as const)
      await expect(artifacts.fetch(uri, into(), options)).rejects.toMatchObject({
        code: 'FILE_UNAVAILABLE',
        message: expect.stringMatching(why),
      })
    expect(await readdir(into())).toEqual([])
  })
})

test("a folder that can't be written to says so, and not that the upload was at fault", async () => {
  const uploads = await open()
  await rm(folder, { recursive: true })
  await writeFile(folder, '')
  await expect(uploads.receive(bytes('one'))).rejects.toMatchObject({
    code: 'FILE_UNAVAILABLE',
    cause: { code: expect.stringMatching(/EEXIST|ENOTDIR/) },
  })
})
