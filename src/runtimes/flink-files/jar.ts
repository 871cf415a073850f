/**
 * The program that fetches files: with Flink's own file systems on this machine, and whatever a Flink pod needs in that
 * pod's init container. The package has its jar beside this file; a clone compiles it from `helpers/` when it is first
 * needed.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../domain/failure.ts'
import { defaultCacheDir } from '../../flink/distributions/cache.ts'

const BUILT = new URL('files.jar', import.meta.url)
const BUILDER = new URL('../../../tools/build-helpers.ts', import.meta.url)

let jar: Promise<string> | undefined

/**
 * The path of a jar of tens of kilobytes. Throws Failure (JAVA_MISSING) with what to install where it must be compiled
 * and can't be.
 */
export function filesJar(): Promise<string> {
  jar ??= find().catch((error: unknown) => {
    // Somebody may install a JDK, and asks again.
    jar = undefined
    throw error
  })
  return jar
}

async function find(): Promise<string> {
  if (existsSync(BUILT)) return fileURLToPath(BUILT)
  if (!existsSync(BUILDER))
    throw new Failure('INTERNAL', `${fileURLToPath(BUILT)} is missing: this Weir is not whole. Install it again`)
  const { buildFilesJar } = (await import(BUILDER.href)) as { buildFilesJar(options: { out: string }): Promise<string> }
  try {
    return await buildFilesJar({ out: join(defaultCacheDir(process.env), 'helpers') })
  } catch (error) {
    throw new Failure('JAVA_MISSING', (error as Error).message, { cause: error })
  }
}
