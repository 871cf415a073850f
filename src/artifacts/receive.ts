/** Writes arriving bytes to a file: whole under its name, or not at all. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../domain/failure.ts'
import type { FetchOptions, FetchedFile } from './artifacts.ts'
import { maskUri, unavailable } from './uri.ts'

export interface Arriving {
  uri: string
  folder: string
  name: string
  chunks: AsyncIterable<Buffer>
  /** Bytes to come, where the source tells. */
  total?: number
  maxBytes: number
  onProgress?: FetchOptions['onProgress']
}

/** Throws Failure: FILE_UNAVAILABLE when it is too large or can't be written, DISK_FULL; errors of the source go through. */
export async function receive(arriving: Arriving): Promise<FetchedFile> {
  const { uri, folder, total, maxBytes } = arriving
  if (total !== undefined && total > maxBytes) throw tooLarge(uri, total, maxBytes)
  const here = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: NodeJS.ErrnoException) => {
      throw notWritten(error, arriving)
    })
  const path = join(folder, arriving.name)
  const part = join(folder, `.${randomUUID()}.part`)
  const hash = createHash('sha256')
  let sizeBytes = 0
  await here(mkdir(folder, { recursive: true }))
  const handle = await here(open(part, 'wx', 0o644))
  try {
    try {
      for await (const chunk of arriving.chunks) {
        sizeBytes += chunk.length
        if (sizeBytes > maxBytes) throw tooLarge(uri, sizeBytes, maxBytes)
        hash.update(chunk)
        await here(handle.writeFile(chunk))
        arriving.onProgress?.(sizeBytes, total)
      }
      await here(handle.sync())
    } finally {
      await handle.close()
    }
    await here(rename(part, path))
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  return { path, sizeBytes, sha256: hash.digest('hex') }
}

function tooLarge(uri: string, bytes: number, maxBytes: number): Failure {
  return unavailable(uri, `it is larger (${bytes} bytes or more) than this server takes (${maxBytes} bytes)`)
}

function notWritten(error: NodeJS.ErrnoException, { uri, folder }: Arriving): Failure {
  if (!['ENOSPC', 'EDQUOT'].includes(error.code ?? '')) {
    return unavailable(uri, `it could not be written to ${folder} (${error.message})`, { cause: error })
  }
  const why = `The disk is full: ${maskUri(uri)} could not be written to ${folder}. Free some space; it is tried again by itself`
  return new Failure('DISK_FULL', why, { cause: error })
}
