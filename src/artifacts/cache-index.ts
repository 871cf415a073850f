/** What the cache knows of each key: which blob a source answered with, and the validator that it is asked about. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface IndexEntry {
  sha256: string
  validator: string
}

export interface CacheIndex {
  /** An entry that was torn is none. */
  read(name: string): Promise<IndexEntry | undefined>
  write(name: string, entry: IndexEntry): Promise<void>
  forget(name: string): Promise<void>
}

/** URIs that are signed anew each time leave an entry each: after this long it goes. */
const KEPT_MS = 90 * 24 * 3_600_000

/** Removes entries that are torn, old, or about blobs that are gone. Throws where `folder` can't be made or listed. */
export async function openIndex(folder: string, has: (sha256: string) => boolean): Promise<CacheIndex> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const file of await readdir(folder)) {
    const entry = await readEntry(join(folder, file))
    const isOld = async (): Promise<boolean> => Date.now() - (await stat(join(folder, file))).mtimeMs > KEPT_MS
    if (!entry || !has(entry.sha256) || (await isOld())) await rm(join(folder, file), { force: true })
  }
  const pathOf = (name: string): string => join(folder, createHash('sha256').update(name).digest('hex'))
  return {
    read: (name) => readEntry(pathOf(name)),

    async write(name, entry) {
      const part = join(folder, `${randomUUID()}.part`)
      try {
        const handle = await open(part, 'wx', 0o600)
        try {
          await handle.writeFile(JSON.stringify(entry))
          await handle.sync()
        } finally {
          await handle.close()
        }
        await rename(part, pathOf(name))
      } catch (error) {
        await rm(part, { force: true })
        throw error
      }
    },

    forget: (name) => rm(pathOf(name), { force: true }),
  }
}

async function readEntry(path: string): Promise<IndexEntry | undefined> {
  try {
    const { sha256, validator } = JSON.parse(await readFile(path, 'utf8')) as Partial<IndexEntry>
    return /^[0-9a-f]{64}$/.test(sha256 ?? '') && typeof validator === 'string'
      ? { sha256: sha256 as string, validator }
      : undefined
  } catch {
    return undefined
  }
}
