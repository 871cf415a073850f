/**
 * Weir's own Java programs that run beside Flink: the one that fetches files (with Flink's own file systems on this
 * machine, and whatever a Flink pod needs in that pod's init container), the runner, which calls main() of jobs, and
 * that of JVMs which are started before they are needed.
 * The package has their jars beside this file; a clone compiles them from `helpers/` when they are first needed.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../domain/failure.ts'
import { defaultCacheDir } from '../flink/distributions/cache.ts'

type Helper = 'files' | 'runner' | 'warm'

const BUILDER = new URL('../../tools/build-helpers.ts', import.meta.url)

const jars = new Map<Helper, Promise<string>>()

/**
 * The path of a jar of tens of kilobytes. Throws Failure (JAVA_MISSING) with what to install where it must be compiled
 * and can't be.
 */
export const filesJar = (): Promise<string> => jarOf('files')

/** As `filesJar`. The jar belongs on the class path of every process of a Flink cluster. */
export const runnerJar = (): Promise<string> => jarOf('runner')

/** As `filesJar`. */
export const warmJar = (): Promise<string> => jarOf('warm')

function jarOf(name: Helper): Promise<string> {
  const known = jars.get(name)
  if (known) return known
  const jar = find(name).catch((error: unknown) => {
    // Somebody may install a JDK, and asks again.
    jars.delete(name)
    throw error
  })
  jars.set(name, jar)
  return jar
}

async function find(name: Helper): Promise<string> {
  const built = new URL(`${name}.jar`, import.meta.url)
  if (existsSync(built)) return fileURLToPath(built)
  if (!existsSync(BUILDER))
    throw new Failure('INTERNAL', `${fileURLToPath(built)} is missing: this Weir is not whole. Install it again`)
  const { buildHelper } = (await import(BUILDER.href)) as {
    buildHelper(name: Helper, options: { out: string }): Promise<string>
  }
  try {
    return await buildHelper(name, { out: join(defaultCacheDir(process.env), 'helpers') })
  } catch (error) {
    throw new Failure('JAVA_MISSING', (error as Error).message, { cause: error })
  }
}
