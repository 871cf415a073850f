/** The file that tells others on this machine that a server is ready, and where. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

export interface ReadyFile {
  url: string
  pid: number
  /** The admin key, alone on the file's first line; only its owner can read it. */
  keyFile: string
}

/** Whole or not at all: a reader never sees half of it. Throws what the disk says, and then leaves nothing. */
export function writeReadyFile(path: string, content: ReadyFile): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, `${JSON.stringify(content)}\n`, { mode: 0o600 })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw notWritten(path, error as NodeJS.ErrnoException)
  }
}

/** Only its own: in a folder that has taken the place of another it is another server's. */
export function removeReadyFile(path: string): void {
  try {
    const { pid } = JSON.parse(readFileSync(path, 'utf8')) as ReadyFile
    if (pid === process.pid) rmSync(path, { force: true })
  } catch {
    // It is gone, or nobody's.
  }
}

function notWritten(path: string, error: NodeJS.ErrnoException): Error {
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT'
  const advice = full ? 'the disk is full; free some space there' : 'choose another place with --ready-file'
  return new Error(`The file ${path}, which says where the server is, can't be written: ${error.message}; ${advice}`, {
    cause: error,
  })
}
