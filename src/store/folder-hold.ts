/**
 * Whether the data folder is still the one that was locked. A cleaner of temporary files, an operator's `mv` or an
 * unmounted disk may take it from under the server: SQLite then goes on writing to files that have no name any more,
 * and whatever it acknowledges is gone with the process. The files are held open, so their inodes are not given again.
 */
import { type BigIntStats, statSync } from 'node:fs'
import { stat, utimes } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Clock } from '../domain/clock.ts'

export interface FolderHold {
  /**
   * What has become of the folder, for people; undefined while it is the locked one. An error that passes (a disk that
   * does not answer, a right that is missing) says nothing about that and is no answer either.
   */
  lost(): Promise<string | undefined>
  /** Gives the files today's date: cleaners go by age, and some of the files are never written again. */
  refresh(): Promise<void>
}

/** ESTALE: a network file system no longer knows the file. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ESTALE'])

const identity = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`

/** `files`: those of the folder that the server can't do without; all are there. Throws what the disk says. */
export function holdFolder(folder: string, files: readonly string[]): FolderHold {
  const held = [folder, ...files].map((path) => ({ path, was: identity(statSync(path, { bigint: true })) }))

  async function fate(path: string, was: string): Promise<'gone' | 'another' | undefined> {
    try {
      return identity(await stat(path, { bigint: true })) === was ? undefined : 'another'
    } catch (error) {
      return GONE.has((error as NodeJS.ErrnoException).code ?? '') ? 'gone' : undefined
    }
  }

  return {
    async lost() {
      for (const { path, was } of held) {
        const now = await fate(path, was)
        if (!now) continue
        if (path === folder) return now === 'gone' ? 'it was removed or moved' : 'another folder has taken its place'
        return `its file ${basename(path)} ${now === 'gone' ? 'was removed' : 'was replaced by another'}`
      }
      return undefined
    },
    async refresh() {
      const now = new Date()
      for (const file of files) await utimes(file, now, now).catch(() => {})
    },
  }
}

/** Often enough that little is acknowledged that nobody will find, and cheap: a few `stat`. */
const EVERY_MS = 5000
const REFRESH_MS = 3600 * 1000

export interface FolderWatch {
  /** Looks at once: something could not be written. */
  inspect(): void
  stop(): void
}

/** Looks every few seconds, and calls back once when the folder is lost. */
export function watchFolder(hold: FolderHold, clock: Clock, onLost: (fate: string) => void): FolderWatch {
  let looking = false
  let stopped = false
  let refreshed = clock.now()
  let cancel = clock.after(EVERY_MS, again)
  function again(): void {
    cancel = clock.after(EVERY_MS, again)
    inspect()
    if (clock.now() - refreshed < REFRESH_MS) return
    refreshed = clock.now()
    void hold.refresh()
  }
  function stop(): void {
    stopped = true
    cancel()
  }
  function inspect(): void {
    if (looking || stopped) return
    looking = true
    void hold.lost().then((fate) => {
      looking = false
      if (fate === undefined || stopped) return
      stop()
      onLost(fate)
    })
  }
  return { inspect, stop }
}
