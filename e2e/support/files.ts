import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The files and links at any depth below a folder in which others are at work: what goes while it is looked for is not
 * there.
 */
export const filesBelow = (folder: string): string[] => below(folder, false)

/** The same, with the folders among them. */
export const pathsBelow = (folder: string): string[] => below(folder, true)

function below(folder: string, folders: boolean): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? [...(folders ? [path] : []), ...below(path, folders)] : [path]
  })
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
