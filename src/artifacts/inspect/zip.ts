/**
 * Opens a jar as something that a stranger has made: what is broken, or made to harm whoever unpacks it, is refused
 * before anything of it is unpacked. Never holds more than its directory, one window on the file and one entry in
 * memory.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { constants, inflateRawSync } from 'node:zlib'
import { type Entry, fromRandomAccessReaderPromise, type ZipFile } from 'yauzl'
import { Failure } from '../../domain/failure.ts'
import type { JarLimits } from './limits.ts'
import { FileWindow } from './window.ts'

export interface JarEntry {
  name: string
  packedBytes: number
  unpackedBytes: number
  deflated: boolean
  /** Where its own header begins. */
  offset: number
}

export interface OpenJar {
  /** In the order in which they lie in the file. */
  entries: JarEntry[]
  /** The whole entry; undefined where it is larger than that. Throws Failure JAR_INVALID. */
  read(entry: JarEntry, maxBytes: number): Promise<Buffer | undefined>
  /** The beginning of an entry, as far as that many packed bytes tell. Throws Failure JAR_INVALID. */
  start(entry: JarEntry, packedBytes: number): Promise<Buffer>
}

/**
 * Hands the opened jar to `use`. Throws Failure JAR_INVALID; errors of `use` go through. `name` is what messages call
 * it.
 */
export async function withJar<T>(
  path: string,
  name: string,
  limits: JarLimits,
  use: (jar: OpenJar) => Promise<T>,
): Promise<T> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new Failure('FILE_UNAVAILABLE', `${name} can't be read (${error.code ?? error.message})`, { cause: error })
  })
  try {
    return await use(await read(file, name, limits))
  } finally {
    await file.close()
  }
}

const ADVICE = 'Build it anew, or put it there once more if it is not like that where it comes from.'

const refuse = (name: string, why: string, cause: unknown): Failure =>
  new Failure('JAR_INVALID', `${name} is not a sound jar: ${why}. ${ADVICE}`, { cause })

async function read(file: FileHandle, name: string, limits: JarLimits): Promise<OpenJar> {
  const { size } = await file.stat()
  const window = new FileWindow(file, size)
  const entries = await attempt(name, () => directory(window, size, limits))
  const bytesOf = async (entry: JarEntry, most: number): Promise<Buffer> => {
    const header = await window.at(entry.offset, HEADER_BYTES)
    if (header.readUInt32LE(0) !== HEADER) throw new Error(`its directory points to where no file is (${entry.name})`)
    const data = entry.offset + HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28)
    return window.at(data, Math.min(entry.packedBytes, most))
  }
  return {
    entries,
    read: (entry, maxBytes) =>
      attempt(name, async () => {
        if (Math.max(entry.unpackedBytes, entry.packedBytes) > maxBytes) return undefined
        const bytes = await bytesOf(entry, maxBytes)
        const unpacked = entry.deflated ? inflate(bytes, entry) : bytes
        if (unpacked.length !== entry.unpackedBytes) throw new Error(`${entry.name} is not as long as it says`)
        return unpacked
      }),
    start: (entry, packedBytes) =>
      attempt(name, async () => {
        const bytes = await bytesOf(entry, packedBytes)
        return entry.deflated
          ? inflateRawSync(bytes, {
              finishFlush: constants.Z_SYNC_FLUSH,
              maxOutputLength: Math.max(1, entry.unpackedBytes),
            })
          : bytes
      }),
  }
}

/** Never unpacks more than the entry says that it holds. */
const inflate = (bytes: Buffer, { unpackedBytes }: JarEntry): Buffer =>
  inflateRawSync(bytes, { maxOutputLength: Math.max(1, unpackedBytes), chunkSize: Math.max(64, unpackedBytes) })

async function attempt<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof Failure ? error : refuse(name, inWords(error as NodeJS.ErrnoException), error)
  }
}

function inWords({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ERR_BUFFER_TOO_LARGE') return 'an entry unpacks to more than it says'
  if (code?.startsWith('Z_')) return `an entry can't be unpacked (${message})`
  if (/signature not found|unexpected EOF|it ends too early/.test(message))
    return `it is not a jar, or only a part of one (${message})`
  return message
}

const HEADER = 0x04034b50
const HEADER_BYTES = 30
/** What follows a directory: its end, in the plain and in the 64-bit form. */
const ENDS = [0x06054b50, 0x06064b50]

async function directory(window: FileWindow, size: number, limits: JarLimits): Promise<JarEntry[]> {
  const zip = await fromRandomAccessReaderPromise(window, size, { strictFileNames: true, autoClose: false })
  if (zip.entryCount > limits.entries)
    throw new Error(`it has ${zip.entryCount} entries, ${limits.entries} is the most`)
  // What Java reads of it ends there too: nothing is hidden behind what is checked here.
  const begin = cursorOf(zip)
  const entries = await entriesOf(zip, (at) => {
    if (at - begin > limits.directoryBytes)
      throw new Error(`its directory is larger than ${limits.directoryBytes} bytes`)
  })
  const end = (await window.at(cursorOf(zip), 4)).readUInt32LE(0)
  if (!ENDS.includes(end)) throw new Error('its directory holds other entries than it says')
  entries.sort((a, b) => a.offset - b.offset)
  requireApart(entries, begin)
  requireSmall(entries, size, limits)
  return entries
}

/** yauzl's types take it for a boolean. */
const cursorOf = (zip: ZipFile): number => Number(zip.readEntryCursor)

/** By events and without promises: a jar may have a hundred thousand of them. */
function entriesOf(zip: ZipFile, check: (at: number) => void): Promise<JarEntry[]> {
  return new Promise((resolve, reject) => {
    const entries: JarEntry[] = []
    let reading = false
    let more = false
    const next = (): void => {
      // An entry that lies in the window comes before `readEntry` returns: a loop, or the stack would overflow.
      if (reading) {
        more = true
        return
      }
      reading = true
      do {
        more = false
        zip.readEntry()
      } while (more)
      reading = false
    }
    zip.on('entry', (entry: Entry) => {
      try {
        check(cursorOf(zip))
        entries.push(checked(entry))
        next()
      } catch (error) {
        reject(error)
      }
    })
    zip.once('end', () => resolve(entries))
    zip.once('error', reject)
    next()
  })
}

const STORED = 0
const DEFLATED = 8
const LONGEST_NAME = 4096

function checked(entry: Entry): JarEntry {
  const name = entry.fileName
  if (entry.isEncrypted()) throw new Error(`${name} is encrypted`)
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw new Error(`${name} is packed in a way that Java can't unpack (method ${entry.compressionMethod})`)
  }
  if (name.length > LONGEST_NAME) throw new Error(`an entry has a name of ${name.length} characters`)
  if (name.includes('\0')) throw new Error('an entry has a zero byte in its name')
  return {
    name,
    packedBytes: entry.compressedSize,
    unpackedBytes: entry.uncompressedSize,
    deflated: entry.compressionMethod === DEFLATED,
    offset: entry.relativeOffsetOfLocalHeader,
  }
}

/** One piece of data that many entries share makes a small jar a large bomb. */
function requireApart(entries: readonly JarEntry[], directoryAt: number): void {
  for (const [index, { name, offset, packedBytes }] of entries.entries()) {
    const next = entries[index + 1]?.offset ?? directoryAt
    // Its header holds its name again, which is at least one byte long.
    if (offset + HEADER_BYTES + packedBytes >= next) throw new Error(`${name} overlaps with what comes after it`)
  }
}

function requireSmall(
  entries: readonly JarEntry[],
  size: number,
  { ratio, ratioFromBytes, unpackedBytes: most }: JarLimits,
): void {
  const isBomb = (unpacked: number, packed: number): boolean => unpacked > ratioFromBytes && unpacked > packed * ratio
  const bomb = entries.find(({ unpackedBytes, packedBytes }) => isBomb(unpackedBytes, packedBytes))
  if (bomb)
    throw new Error(`${bomb.name} grows from ${bomb.packedBytes} to ${bomb.unpackedBytes} bytes when it is unpacked`)
  const all = entries.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0)
  if (isBomb(all, size)) throw new Error(`it grows from ${size} to ${all} bytes when it is unpacked`)
  if (all > most) throw new Error(`it holds ${all} bytes once unpacked, ${most} is the most`)
}
