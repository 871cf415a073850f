/** The file that tells others on this machine that a server is ready, and where. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'

export interface ReadyFile {
  url: string
  pid: number
  /** The admin key, alone on the file's first line; only its owner can read it. */
  keyFile: string
}

/** Whole or not at all: a reader never sees half of it. */
export function writeReadyFile(path: string, content: ReadyFile): void {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  renameSync(temporary, path)
}

export function removeReadyFile(path: string): void {
  rmSync(path, { force: true })
}
