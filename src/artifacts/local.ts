/** Files of the server's own machine: only below the folders that its owner opened, wherever symbolic links lead. */
import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FetchedFile, FetchOptions } from './artifacts.ts'
import { receive } from './receive.ts'
import { fileNameOf, parseUri, unavailable } from './uri.ts'

export interface LocalSource {
  fileRoots: readonly string[]
  maxBytes: number
}

const CHUNK_BYTES = 1024 * 1024

export async function copyLocal(
  uri: string,
  folder: string,
  options: FetchOptions,
  source: LocalSource,
): Promise<FetchedFile> {
  if (source.fileRoots.length === 0) {
    throw unavailable(uri, 'this server opens no folders to file:// URIs; its owner can with --file-root DIR')
  }
  const real = await realPathOf(uri)
  const roots = await Promise.all(source.fileRoots.map((root) => realpath(root).catch(() => undefined)))
  // Whether a file exists outside of the roots is nobody's business: the same answer in both cases.
  if (!real || !roots.some((root) => root && isBelow(real, root))) throw outside(uri, source.fileRoots)
  // O_NONBLOCK: a named pipe must not hold the server up before it is seen for what it is.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await open(real, flags).catch((error: NodeJS.ErrnoException) => {
    throw unavailable(uri, `it can't be read (${error.code ?? error.message}); the server's user needs permission`, {
      cause: error,
    })
  })
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw unavailable(uri, 'it is not a file')
    const { onProgress, signal } = options
    const chunks = handle.createReadStream({
      autoClose: false,
      highWaterMark: CHUNK_BYTES,
      ...(signal ? { signal } : {}),
    })
    return await receive({
      uri,
      folder,
      name: fileNameOf(uri),
      chunks,
      total: stats.size,
      maxBytes: source.maxBytes,
      ...(onProgress ? { onProgress } : {}),
    })
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error
  } finally {
    await handle.close()
  }
}

async function realPathOf(uri: string): Promise<string | undefined> {
  const url = parseUri(uri)
  if (url.hostname !== '' && url.hostname !== 'localhost') {
    throw unavailable(uri, `it names another machine (${url.hostname}); write file:///path, with three slashes`)
  }
  url.hostname = ''
  try {
    return await realpath(fileURLToPath(url))
  } catch {
    return undefined
  }
}

const isBelow = (path: string, root: string): boolean => path.startsWith(root.endsWith(sep) ? root : root + sep)

function outside(uri: string, roots: readonly string[]) {
  return unavailable(
    uri,
    `there is no such file below the folders that this server opens to file:// URIs (${roots.join(', ')})` +
      (uri.includes('%') ? '; %20 in a URI is a space: a % that is part of the name itself is written %25' : ''),
  )
}
