/** Uploaded files on this server: the bytes below the data folder, the rest in the store. */
import { join } from 'node:path'
import { inspectOnThread } from '../artifacts/inspect/on-thread.ts'
import type { UploadedFiles } from '../artifacts/uploaded.ts'
import type { Uploads } from '../artifacts/uploads.ts'
import { createUploads } from '../artifacts/uploads.ts'
import type { Clock } from '../domain/clock.ts'
import type { JarInspection } from '../domain/jar.ts'
import type { Store } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import type { Logger } from './log.ts'

export interface ServerUploads {
  files: Uploads
  /** For whoever fetches what specs name. */
  source: UploadedFiles
  close(): void
}

/** The contents of a workspace that is gone go when they are next looked for. */
const SWEEP_MS = 3600 * 1000

/** What can't be read as a jar, or is made to do harm, is refused. */
const inspect = (path: string): Promise<JarInspection> => inspectOnThread(path, 'the file')

interface Parts {
  config: Pick<ServerConfig, 'dataDir' | 'maxUploadBytes'>
  store: Store
  clock: Clock
  log: Pick<Logger, 'warn'>
}

/** Throws what the disk says. */
export async function openUploads({ config, store, clock, log }: Parts): Promise<ServerUploads> {
  const { maxUploadBytes: maxBytes, dataDir } = config
  const files = await createUploads({
    folder: join(dataDir, 'artifacts'),
    maxBytes,
    clock,
    isUsed: store.artifacts.holds,
    inspect,
  })
  await files.sweep()
  let cancel = clock.after(SWEEP_MS, again)
  function again(): void {
    cancel = clock.after(SWEEP_MS, again)
    files
      .sweep()
      .catch((error: Error) =>
        log.warn({ err: error }, 'uploads that nobody has any more could not be removed; it is tried again'),
      )
  }
  return {
    files,
    source: {
      async find(workspace, ref) {
        const found = await store.artifacts.find(workspace, ref)
        return found && { path: files.path(found.sha256), sizeBytes: found.sizeBytes, sha256: found.sha256 }
      },
    },
    close() {
      cancel()
      files.close()
    },
  }
}
