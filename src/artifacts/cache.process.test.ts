import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { owner, sha256Of } from './cache.fixture.ts'
import { createFileCache } from './cache.ts'

/** Kills it a few milliseconds into its work after that many rounds. */
async function killed(folder: string, rounds: number, lateMs: number): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cache-killed.fixture.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout })) if (Number(line) >= rounds) break
  setTimeout(() => child.kill('SIGKILL'), lateMs)
  expect(await ended).toEqual([null, 'SIGKILL'])
}

test('a server that is killed at any moment leaves a cache in which every file is whole', async () => {
  const base = await mkdtemp(join(tmpdir(), 'weir-cache-killed-'))
  onTestFinished(() => rm(base, { recursive: true, force: true, maxRetries: 3 }))
  for (const life of [0, 1, 2, 3, 4, 5]) {
    await killed(base, life * 2, life)
    const blobs = join(base, 'files', 'blobs')
    for (const name of await readdir(blobs)) expect(sha256Of(await readFile(join(blobs, name)))).toBe(name)
    const cache = createFileCache({ folder: join(base, 'files'), maxBytes: 3_000_000 })
    const after = owner(`after ${life}`, { key: `after ${life}` })
    const target = join(base, 'after', String(life))
    expect((await cache.take(after, target)).cached).toBe(false)
    expect((await cache.take(after, target)).cached).toBe(true)
    expect(await readFile(target)).toEqual(after.content)
    expect(await readdir(join(base, 'files', 'part'))).toEqual([])
    expect(cache.stats().bytes).toBeLessThanOrEqual(3_000_000)
  }
})
