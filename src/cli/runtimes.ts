/** Flink versions as people name them on the command line. */
import { CliError, EXIT } from './errors.ts'

export interface CatalogueEntry {
  runtime: string
  version: string
}

/** `FLINK_1_20`, `1.20` or `1.20.5`, whatever its case. */
export function findRuntime(catalogue: readonly CatalogueEntry[], text: string): CatalogueEntry {
  const wanted = text.trim().toUpperCase()
  const short = (entry: CatalogueEntry): string => entry.version.split('.').slice(0, 2).join('.')
  const found = catalogue.find((entry) => [entry.runtime, entry.version, short(entry)].includes(wanted))
  if (found) return found
  const known = catalogue.map((entry) => entry.runtime).join(', ')
  throw new CliError(EXIT.notFound, `"${text}" is no runtime that Weir knows; there are ${known}`, {
    next: 'weir runtime list',
  })
}
