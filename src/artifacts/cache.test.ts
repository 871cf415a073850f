import {
  appendFile,
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../domain/failure.ts'
import { bytes, owner, sha256Of } from './cache.fixture.ts'
import { createFileCache, type FileCache } from './cache.ts'

let base: string
let folder: string
let cache: FileCache
let targets = 0

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'weir-cache-'))
  folder = join(base, 'files')
  cache = newCache()
})

afterEach(() => rm(base, { recursive: true, force: true, maxRetries: 3 }))

const newCache = (maxBytes = 1_000_000): FileCache => createFileCache({ folder, maxBytes })
const target = (): string => join(base, 'placed', `${targets++}.jar`)
const blobs = async (): Promise<string[]> => (await readdir(join(folder, 'blobs'))).sort()
const parts = (): Promise<string[]> => readdir(join(folder, 'part'))

async function taken(from: ReturnType<typeof owner>, which = cache): Promise<{ content: Buffer; cached: boolean }> {
  const { path, cached, sha256, sizeBytes } = await which.take(from, target())
  const content = await readFile(path)
  expect({ sha256, sizeBytes }).toEqual({ sha256: sha256Of(content), sizeBytes: content.length })
  return { content, cached }
}

describe('what its owner says is unchanged', () => {
  test('is fetched once and placed again and again, also by the next server', async () => {
    const jar = owner('jar')
    expect(await taken(jar)).toEqual({ content: jar.content, cached: false })
    expect(await taken(jar)).toEqual({ content: jar.content, cached: true })
    expect(await taken(jar, newCache())).toEqual({ content: jar.content, cached: true })
    expect(jar).toMatchObject({ asked: 3, sent: 1 })
    expect(cache.stats()).toEqual({ hits: 1, misses: 1, hitBytes: 3, bytes: 3 })
    expect(await parts()).toEqual([])
  })

  test('is one file on the disk, which nobody else can read or write by mistake', async () => {
    const jar = owner('jar')
    const first = await cache.take(jar, target())
    const second = await cache.take(jar, target())
    expect((await stat(second.path)).ino).toBe((await stat(first.path)).ino)
    expect((await stat(first.path)).mode & 0o777).toBe(0o444)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  test('keeps its modification time, on which archives of classes depend', async () => {
    const jar = owner('jar')
    const first = await stat((await cache.take(jar, target())).path)
    expect((await stat((await newCache().take(jar, target())).path)).mtimeMs).toBe(first.mtimeMs)
  })

  test('is copied to another file system', async () => {
    const other = await mkdtemp('/dev/shm/weir-cache-')
    try {
      await cache.take(owner('jar'), join(other, 'x.jar'))
      await cache.take(owner('jar'), join(other, 'x.jar'))
      expect(await readFile(join(other, 'x.jar'), 'utf8')).toBe('jar')
      expect(await readdir(other)).toEqual(['x.jar'])
    } finally {
      await rm(other, { recursive: true })
    }
  })
})

test('what is kept is counted from the start on', async () => {
  await taken(owner('jar'))
  const next = newCache()
  await expect.poll(() => next.stats().bytes).toBe(3)
})

test('a changed object is fetched anew', async () => {
  const jar = owner('old')
  await taken(jar)
  Object.assign(jar, { content: Buffer.from('new'), validator: 'v2' })
  expect(await taken(jar)).toEqual({ content: Buffer.from('new'), cached: false })
  expect(await taken(jar)).toEqual({ content: Buffer.from('new'), cached: true })
})

test('an owner that gives no validator is asked for the whole file each time, even if it once gave one', async () => {
  const jar = owner('jar')
  await taken(jar)
  Object.assign(jar, { content: Buffer.from('other'), validator: undefined })
  for (const time of [2, 3]) {
    expect(await taken(jar)).toEqual({ content: Buffer.from('other'), cached: false })
    expect(jar.sent).toBe(time)
  }
})

test('an owner that can not be asked gets nothing served in its place', async () => {
  const jar = owner('jar')
  await taken(jar)
  const gone = { ...jar, fetch: () => Promise.reject(new Failure('FILE_UNAVAILABLE', 'forbidden')) }
  await expect(cache.take(gone, target())).rejects.toThrow('forbidden')
})

test('what never changes is not asked about again', async () => {
  const jar = owner('jar', { immutable: true, validator: undefined })
  await taken(jar)
  expect((await taken(jar, newCache())).cached).toBe(true)
  expect(jar.asked).toBe(1)
})

test('a file whose SHA-256 is given and that is here is asked of nobody', async () => {
  await taken(owner('jar'))
  const elsewhere = owner('jar', { key: 'elsewhere', sha256: sha256Of('jar') })
  expect((await taken(elsewhere)).cached).toBe(true)
  expect(elsewhere.asked).toBe(0)
})

test('two keys with the same content take the room of one', async () => {
  await taken(owner('jar'))
  await taken(owner('jar', { key: 'b' }))
  expect(await blobs()).toEqual([sha256Of('jar')])
  expect(cache.stats().bytes).toBe(3)
})

test('no key is readable in the folder, since it may hold credentials', async () => {
  await taken(owner('jar', { key: 'https://user:hunter2@host/x.jar' }))
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const texts = await Promise.all(
    files.map(async (file) => file.name + (await readFile(join(file.parentPath, file.name), 'utf8'))),
  )
  expect(texts).toHaveLength(2)
  expect(texts.join()).not.toContain('hunter2')
})

describe('damage', () => {
  const blob = (): string => join(folder, 'blobs', sha256Of('jar'))
  const harm: [string, (path: string) => Promise<unknown>][] = [
    ['cut off', (path) => truncate(path, 1)],
    ['longer', (path) => appendFile(path, 'x')],
    ['of other bytes', (path) => writeFile(path, 'JAR')],
    ['empty', (path) => truncate(path, 0)],
    ['gone', (path) => rm(path)],
  ]

  test.each(harm)('a blob that is %s is fetched anew, by this server and by the next', async (_, damage) => {
    for (const next of [() => cache, () => newCache()]) {
      const jar = owner('jar')
      await taken(jar, next())
      const before = jar.sent
      await chmod(blob(), 0o600)
      await damage(blob())
      const after = next()
      // The owner must not be asked about a copy that is of no use.
      expect(await taken(jar, after)).toEqual({ content: jar.content, cached: false })
      expect(jar.sent).toBe(before + 1)
      expect((await taken(jar, after)).cached).toBe(true)
    }
  })

  test('bytes that change while size and time stay are found by the next server', async () => {
    const jar = owner('jar')
    await taken(jar)
    const { atime, mtime } = await stat(blob())
    await chmod(blob(), 0o600)
    await writeFile(blob(), 'JAR')
    await utimes(blob(), atime, mtime)
    expect(await taken(jar, newCache())).toEqual({ content: jar.content, cached: false })
  })

  test.each(['', '{"sha256":"', '{}', 'null', '{"sha256":"../../x","validator":"v1"}', '[1]'])(
    'an entry that reads %j is none',
    async (text) => {
      const jar = owner('jar')
      await taken(jar)
      const [entry = ''] = await readdir(join(folder, 'index'))
      await writeFile(join(folder, 'index', entry), text)
      expect((await taken(jar)).cached).toBe(false)
      await writeFile(join(folder, 'index', entry), text)
      expect((await taken(jar, newCache())).cached).toBe(false)
    },
  )
})

describe('two at once', () => {
  test('cause one fetch and both have the file', async () => {
    const jar = owner('jar')
    const both = await Promise.all([taken(jar), taken(jar), taken(jar)])
    expect(both.map(({ content }) => content.toString())).toEqual(['jar', 'jar', 'jar'])
    expect(jar).toMatchObject({ asked: 1, sent: 1 })
  })

  test('of different keys and equal content do not disturb each other', async () => {
    const jars = ['a', 'b', 'c', 'd'].map((key) => owner('jar', { key }))
    await Promise.all(jars.map((jar) => taken(jar)))
    expect(await blobs()).toEqual([sha256Of('jar')])
  })

  test('share a failure, and the next is asked anew', async () => {
    const jar = owner('jar', { before: () => Promise.reject(new Failure('FILE_UNAVAILABLE', 'no such file')) })
    const [one, two] = await Promise.allSettled([cache.take(jar, target()), cache.take(jar, target())])
    expect([one.status, two.status, jar.asked]).toEqual(['rejected', 'rejected', 1])
    jar.before = () => {}
    expect((await taken(jar)).content.toString()).toBe('jar')
  })

  test('do not take the file from each other when the one that began gives up', async () => {
    const abort = new AbortController()
    const begun = Promise.withResolvers<void>()
    const jar = owner('jar', {
      before: () => {
        begun.resolve()
        return new Promise((_, reject) =>
          abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error)),
        )
      },
    })
    const first = cache.take(jar, target(), { signal: abort.signal })
    const second = begun.promise.then(() => taken(owner('jar')))
    await begun.promise
    abort.abort(new Error('deleted'))
    await expect(first).rejects.toThrow('deleted')
    expect((await second).content.toString()).toBe('jar')
    expect(await parts()).toEqual([])
  })

  test('do not wait for each other when the one that joined gives up', async () => {
    const abort = new AbortController()
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const jar = owner('jar', {
      before: async () => {
        begun.resolve()
        await go.promise
      },
    })
    const first = taken(jar)
    await begun.promise
    const second = cache.take(jar, target(), { signal: abort.signal })
    abort.abort(new Error('deleted'))
    await expect(second).rejects.toThrow('deleted')
    go.resolve()
    expect((await first).content.toString()).toBe('jar')
  })
})

describe('its bound', () => {
  beforeEach(() => {
    folder = join(base, 'bounded')
    cache = newCache(10)
  })

  test('is kept by letting the least recently used go', async () => {
    for (const key of ['a', 'b', 'c']) await taken(owner(key.repeat(3), { key }))
    await taken(owner('aaa', { key: 'a' }))
    await taken(owner('dddd', { key: 'd' }))
    expect(await blobs()).toEqual(['aaa', 'ccc', 'dddd'].map(sha256Of).sort())
    expect(cache.stats().bytes).toBe(10)
  })

  test('is kept by the order of use of the server before', async () => {
    for (const key of ['a', 'b', 'c']) {
      await taken(owner(key.repeat(3), { key }))
      const blob = join(folder, 'blobs', sha256Of(key.repeat(3)))
      await utimes(blob, key === 'b' ? 1 : 1000, (await stat(blob)).mtime)
    }
    await taken(owner('dddd', { key: 'd' }), newCache(10))
    expect(await blobs()).not.toContain(sha256Of('bbb'))
  })

  test('lets a file through that is larger than all of it', async () => {
    const jar = owner('x'.repeat(11))
    await taken(owner('kept', { key: 'kept' }))
    for (const sent of [1, 2]) {
      expect((await taken(jar)).cached).toBe(false)
      expect(jar.sent).toBe(sent)
    }
    expect(await blobs()).toEqual([sha256Of('kept')])
    await expect.poll(parts).toEqual([])
  })

  test('does not take what is in use', async () => {
    const jar = owner('in use')
    await taken(jar)
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const fetch = jar.fetch
    jar.fetch = async (known, part) => {
      begun.resolve()
      await go.promise
      return fetch(known, part)
    }
    const using = taken(jar)
    await begun.promise
    await taken(owner('another', { key: 'b' }))
    go.resolve()
    expect(await using).toEqual({ content: jar.content, cached: true })
    await taken(owner('yet more', { key: 'c' }))
    expect(cache.stats().bytes).toBeLessThanOrEqual(10)
  })

  test('of 0 is no cache and makes no folder', async () => {
    folder = join(base, 'none')
    const off = newCache(0)
    const jar = owner('jar')
    for (const sent of [1, 2]) {
      expect(await taken(jar, off)).toEqual({ content: jar.content, cached: false })
      expect(jar.sent).toBe(sent)
    }
    expect(await readdir(base)).not.toContain('none')
  })

  test('holds, and every file is right, whatever is taken in which order, also at once', async () => {
    const step = fc.record({ key: fc.nat(5), version: fc.nat(2), size: fc.nat(6) })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), async (rounds) => {
        folder = await mkdtemp(join(base, 'any-'))
        const fresh = newCache(10)
        for (const round of rounds) {
          await Promise.all(
            round.map(async ({ key, version, size }) => {
              const jar = owner(`${key}${version}`.repeat(size), {
                key: `${key} ${version} ${size}`,
                validator: `${version}`,
              })
              expect((await taken(jar, fresh)).content).toEqual(jar.content)
            }),
          )
        }
        await taken(owner('last', { key: 'last' }), fresh)
        expect(fresh.stats().bytes).toBeLessThanOrEqual(10)
        const sizes = await Promise.all(
          (await blobs()).map(async (name) => (await stat(join(folder, 'blobs', name))).size),
        )
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(fresh.stats().bytes)
      }),
      { numRuns: 40 },
    )
  })
})

describe('a full disk', () => {
  const full = async (): Promise<void> => {
    if ((await blobs()).length > 0) throw new Failure('DISK_FULL', 'The disk is full')
  }

  test('makes room of what nobody needs, and the fetch is tried once more', async () => {
    const old = await cache.take(owner('old', { key: 'old' }), target())
    await rm(old.path)
    expect((await taken(owner('new', { before: full }))).content.toString()).toBe('new')
    expect(await blobs()).toEqual([sha256Of('new')])
  })

  test('is told where nothing could be gained: what sessions have on their class path would free nothing', async () => {
    await taken(owner('old', { key: 'old' }))
    const jar = owner('new', { before: full })
    await expect(cache.take(jar, target())).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(jar.asked).toBe(1)
    expect(await parts()).toEqual([])
    expect(await blobs()).toEqual([sha256Of('old')])
  })
})

describe('a folder that can not be used', () => {
  test('is told once, files are fetched all the same, and it is used as soon as it can be', async () => {
    folder = join(base, 'blocked')
    await writeFile(folder, 'in the way')
    const reported: string[] = []
    const blocked = createFileCache({ folder, maxBytes: 10, warn: (message) => reported.push(message) })
    const jar = owner('jar')
    for (const sent of [1, 2]) {
      expect(await taken(jar, blocked)).toEqual({ content: jar.content, cached: false })
      expect(jar.sent).toBe(sent)
    }
    expect(reported).toEqual([expect.stringContaining(folder)])
    await rm(folder)
    await taken(jar, blocked)
    expect((await taken(jar, blocked)).cached).toBe(true)
  })

  test('and that is taken away under a running server makes no fetch fail', async () => {
    const jar = owner('jar')
    await taken(jar)
    await rm(folder, { recursive: true })
    await mkdir(folder)
    expect((await taken(jar)).content).toEqual(jar.content)
    expect((await taken(jar)).content).toEqual(jar.content)
  })
})

test('a target that can not be written is named', async () => {
  await writeFile(join(base, 'file'), '')
  await expect(cache.take(owner('jar'), join(base, 'file', 'x.jar'))).rejects.toMatchObject({
    code: 'FILE_UNAVAILABLE',
    message: expect.stringContaining(join(base, 'file')),
  })
})

test('what was there before is replaced in one step', async () => {
  const jar = owner(bytes(10))
  const { path } = await cache.take(jar, target())
  await link(path, `${path}.old`)
  await cache.take(owner('new', { key: 'b' }), path)
  await cache.take(owner('new', { key: 'b' }), path)
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await readFile(`${path}.old`)).toEqual(jar.content)
})

test('parts of a server that was killed are removed at the next start', async () => {
  await taken(owner('jar'))
  await writeFile(join(folder, 'part', 'left'), 'half')
  await writeFile(join(folder, 'index', 'left.part'), 'half')
  expect((await taken(owner('jar'), newCache())).cached).toBe(true)
  expect(await parts()).toEqual([])
  expect(await readdir(join(folder, 'index'))).toHaveLength(1)
})
