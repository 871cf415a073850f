/** The fields of a kubeconfig, and the files that they name. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { usageError } from './errors.ts'

/** Text, lists and maps: numbers and flags are left as they are written, so that no token is taken for a number. */
export type Yaml = string | Yaml[] | { [key: string]: Yaml }

/** One entry of `clusters`, `users` or `contexts`. */
export interface Entry {
  name: string
  fields: Record<string, Yaml>
  /** What its relative file names are relative to. */
  folder: string
}

/** `FIELD-data` as it stands, else the file that `FIELD` names, in base64. */
export async function dataOf(entry: Entry, field: string): Promise<string | undefined> {
  const data = textOf(entry.fields, `${field}-data`)
  return data ?? (await fileOf(entry, field))?.toString('base64')
}

export async function fileOf({ name, fields, folder }: Entry, field: string): Promise<Buffer | undefined> {
  const file = textOf(fields, field)
  if (file === undefined) return undefined
  const path = resolve(folder, file)
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      `cannot read ${path}, which the kubeconfig names as ${field} of "${name}": ${error.code ?? error.message}`,
      '--kubeconfig FILE   (one whose files are here)',
    )
  })
}

export const isMap = (value: unknown): value is Record<string, Yaml> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Undefined also when it is empty. */
export function textOf(fields: Record<string, Yaml>, key: string): string | undefined {
  const value = fields[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The maps among the items of a list; none where there is no list. */
export function listOf(fields: Record<string, Yaml>, key: string): Record<string, Yaml>[] {
  const value = fields[key]
  return Array.isArray(value) ? value.filter(isMap) : []
}

export function mapOf(fields: Record<string, Yaml>, key: string): Record<string, Yaml> {
  const value = fields[key]
  return isMap(value) ? value : {}
}
