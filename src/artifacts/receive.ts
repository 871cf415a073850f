/** Writes arriving bytes to a file: whole, flushed and of the sum that was expected, or not at all. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '../domain/failure.ts'
import type { FetchedFile, FetchOptions, Sum } from './artifacts.ts'
import { maskUri, unavailable } from './uri.ts'

export interface Arriving {
  uri: string
  chunks: AsyncIterable<Buffer>
  /** Bytes to come, where the source tells. */
  total?: number
  maxBytes: number
  /** What the file must be. */
  expected?: Sum
  onProgress?: FetchOptions['onProgress']
}

/** Into `folder` under `name`. Fails as `receiveInto` does, and then leaves what was there before. */
export async function receive(arriving: Arriving & { folder: string; name: string }): Promise<FetchedFile> {
  const part = partBeside(join(arriving.folder, arriving.name))
  const received = await receiveInto(part, arriving)
  try {
    await rename(part, join(arriving.folder, arriving.name))
  } catch (error) {
    await rm(part, { force: true })
    throw notWritten(error as NodeJS.ErrnoException, maskUri(arriving.uri), arriving.folder)
  }
  return { path: join(arriving.folder, arriving.name), ...received }
}

/** Where a file is made that is to be at `path` when it is whole. */
export const partBeside = (path: string): string => join(dirname(path), `.${randomUUID()}.part`)

/**
 * Into the file `part`, which is not there yet. Throws Failure: FILE_UNAVAILABLE when it is too large, has another sum
 * or can't be written, DISK_FULL; errors of the source go through.
 */
export async function receiveInto(part: string, arriving: Arriving): Promise<{ sizeBytes: number; sha256: string }> {
  const { uri, total, maxBytes, expected } = arriving
  if (total !== undefined && total > maxBytes) throw tooLarge(uri, total, maxBytes)
  const here = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: NodeJS.ErrnoException) => {
      throw notWritten(error, maskUri(uri), dirname(part))
    })
  const hash = createHash('sha256')
  const other = expected && expected.algorithm !== 'sha256' ? createHash(expected.algorithm) : undefined
  let sizeBytes = 0
  await here(mkdir(dirname(part), { recursive: true }))
  const handle = await here(open(part, 'wx', 0o644))
  try {
    try {
      for await (const chunk of arriving.chunks) {
        sizeBytes += chunk.length
        if (sizeBytes > maxBytes) throw tooLarge(uri, sizeBytes, maxBytes)
        hash.update(chunk)
        other?.update(chunk)
        await here(handle.writeFile(chunk))
        arriving.onProgress?.(sizeBytes, total)
      }
      await here(handle.sync())
    } finally {
      await handle.close()
    }
    const sha256 = hash.digest('hex')
    if (expected) refuseOther(uri, expected, other ? other.digest('hex') : sha256)
    return { sizeBytes, sha256 }
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

/** Throws Failure unless what came is what was expected. Another try would bring the same. */
function refuseOther(uri: string, { algorithm, hex }: Sum, came: string): void {
  if (came === hex) return
  const name = algorithm.toUpperCase().replace('SHA', 'SHA-')
  throw unavailable(
    uri,
    `it is not the file that was expected: its ${name} is ${came}, not ${hex}. It was changed, or broken on the ` +
      `way; correct the sum if the ` +
      'new file is the right one',
  )
}

function tooLarge(uri: string, bytes: number, maxBytes: number): Failure {
  return unavailable(uri, `it is larger (${bytes} bytes or more) than this server takes (${maxBytes} bytes)`)
}

export const isDiskFull = (error: unknown): boolean =>
  (error instanceof Failure && error.code === 'DISK_FULL') ||
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')

/** The Failure for an error of the disk while `what`, a masked URI or a file's name, was written to `folder`. */
export function notWritten(error: NodeJS.ErrnoException, what: string, folder: string): Failure {
  if (!isDiskFull(error)) {
    return new Failure(
      'FILE_UNAVAILABLE',
      `${what} can't be fetched: it could not be written to ${folder} (${error.message})`,
      { cause: error },
    )
  }
  const advice = 'Free some space; it is tried again by itself'
  return new Failure('DISK_FULL', `The disk is full: ${what} could not be written to ${folder}. ${advice}`, {
    cause: error,
  })
}
