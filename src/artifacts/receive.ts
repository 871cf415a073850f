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

/** Throws Failure: FILE_UNAVAILABLE when it is too large, DISK_FULL; errors of the source go through. */
export async function receive(arriving: Arriving): Promise<FetchedFile> {
  const { uri, folder, total, maxBytes } = arriving
  if (total !== undefined && total > maxBytes) throw tooLarge(uri, total, maxBytes)
  const path = join(folder, arriving.name)
  const part = join(folder, `.${randomUUID()}.part`)
  const hash = createHash('sha256')
  let sizeBytes = 0
  try {
    await mkdir(folder, { recursive: true })
    const handle = await open(part, 'wx', 0o644)
    try {
      for await (const chunk of arriving.chunks) {
        sizeBytes += chunk.length
        if (sizeBytes > maxBytes) throw tooLarge(uri, sizeBytes, maxBytes)
        hash.update(chunk)
        await handle.writeFile(chunk)
        arriving.onProgress?.(sizeBytes, total)
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw notWritten(error, arriving) ?? error
  }
  return { path, sizeBytes, sha256: hash.digest('hex') }
}

function tooLarge(uri: string, bytes: number, maxBytes: number): Failure {
  return unavailable(uri, `it is larger (${bytes} bytes or more) than this server takes (${maxBytes} bytes)`)
}

/** A Failure when the error is about writing here, not about what arrives. */
function notWritten(error: unknown, { uri, folder }: Arriving): Failure | undefined {
  const { code = '', path, message } = error as NodeJS.ErrnoException
  if (['ENOSPC', 'EDQUOT'].includes(code)) {
    const why = `The disk is full: ${maskUri(uri)} could not be written to ${folder}. Free some space; it is tried again by itself`
    return new Failure('DISK_FULL', why, { cause: error })
  }
  return path?.startsWith(folder) ? unavailable(uri, `it could not be written to ${folder} (${message})`, { cause: error }) : undefined
}
