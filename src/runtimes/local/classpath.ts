/**
 * The class path of Flink's JVMs. The caller's jars come last, so that the distribution's part, which an archive of
 * shared classes is made for, stays a prefix. Where one of them holds a class that the distribution has too, the order
 * decides which one is used: then it is that of Flink's own scripts and images, as on every other runtime.
 */
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { basename, join } from 'node:path'

export interface ClassPath {
  entries: string[]
  /** For people: which jar holds which class of Flink's. Present when the order of Flink's scripts is used. */
  clash?: string
}

const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

async function jarsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.jar')).sort(byName).map((name) => join(folder, name))
}

export async function distributionJars(home: string): Promise<string[]> {
  const all = await jarsIn(join(home, 'lib'))
  const isDist = (path: string) => basename(path).startsWith('flink-dist')
  return [...all.filter((path) => !isDist(path)), ...all.filter(isDist)]
}

export async function classPath(home: string, extraFolder: string): Promise<ClassPath> {
  const distribution = await distributionJars(home)
  const extra = await jarsIn(extraFolder)
  if (extra.length === 0) return { entries: distribution }
  const clash = await findClash(distribution, extra)
  if (clash === undefined) return { entries: [...distribution, ...extra] }
  // The scripts sort all of lib by path, with the caller's jars in lib/extra, and put flink-dist at the end.
  const placed = [
    ...distribution.map((path) => ({ path, as: basename(path) })),
    ...extra.map((path) => ({ path, as: `extra/${basename(path)}` })),
  ].sort((a, b) => byName(a.as, b.as))
  const last = placed.filter(({ as }) => as.startsWith('flink-dist'))
  return { entries: [...placed.filter((jar) => !last.includes(jar)), ...last].map(({ path }) => path), clash }
}

async function findClash(distribution: string[], extra: string[]): Promise<string | undefined> {
  const owners = new Map<string, string>()
  for (const jar of extra) for (const name of await classesIn(jar)) owners.set(name, jar)
  if (owners.size === 0) return undefined
  for (const jar of distribution) {
    for (const name of await classesIn(jar)) {
      const owner = owners.get(name)
      if (owner !== undefined) return `${basename(owner)} holds ${name}, which Flink's ${basename(jar)} has too`
    }
  }
  return undefined
}

/** Class files by the zip's central directory. A jar that can't be read has none: the JVM will say what is wrong with it. */
async function classesIn(jar: string): Promise<string[]> {
  let file: FileHandle | undefined
  try {
    file = await open(jar)
    return namesIn(await centralDirectory(file)).filter((name) =>
      name.endsWith('.class') && !name.startsWith('META-INF/') && name !== 'module-info.class')
  } catch {
    return []
  } finally {
    await file?.close()
  }
}

const END_RECORD = 0x06054b50
const ENTRY = 0x02014b50

async function centralDirectory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat()
  // The end record is 22 bytes and a comment of at most 65,535.
  const tail = Buffer.alloc(Math.min(size, 22 + 65_535))
  await file.read(tail, 0, tail.length, size - tail.length)
  let at = tail.length - 22
  while (at >= 0 && tail.readUInt32LE(at) !== END_RECORD) at--
  if (at < 0) return Buffer.alloc(0)
  const directory = Buffer.alloc(tail.readUInt32LE(at + 12))
  await file.read(directory, 0, directory.length, tail.readUInt32LE(at + 16))
  return directory
}

function namesIn(directory: Buffer): string[] {
  const names: string[] = []
  let at = 0
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY) {
    const length = directory.readUInt16LE(at + 28)
    names.push(directory.toString('latin1', at + 46, at + 46 + length))
    at += 46 + length + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return names
}
