/** The example job, compiled from the repository's examples/ by the same tool that the tests use. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CliError, EXIT } from '../errors.ts'

export interface Example {
  jar: string
  entryClass: string
}

interface BuildOptions {
  flinkHome: string
  out: string
  javaHome?: string
  signal?: AbortSignal
}

const BUILDER = new URL('../../../tools/build-example.ts', import.meta.url)

/** Git ignores it; the jar's name has the sources' hash, so that it is compiled once. */
export const EXAMPLE_FOLDER = fileURLToPath(new URL('../../../build/example', import.meta.url))

/** The examples and their builder are part of the repository, but not of the published package. */
export async function buildExampleJar(options: BuildOptions): Promise<Example> {
  if (!existsSync(BUILDER)) {
    const missing = fileURLToPath(BUILDER)
    throw new CliError(
      EXIT.failed,
      `the quickstart compiles the example job of the repository, and ${missing} is not here`,
      {
        next: 'run it in a clone: npm run quickstart   (or start a server: weir up)',
      },
    )
  }
  const { buildExample } = (await import(BUILDER.href)) as { buildExample(options: BuildOptions): Promise<Example> }
  return buildExample(options)
}
