/**
 * The program that fills `lib/extra` and `plugins/` in the init container of a Flink pod. The package has its jar beside
 * this file; a clone compiles it from `helpers/` when it is first needed.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../domain/failure.ts'
import { defaultCacheDir } from '../../flink/distributions/cache.ts'

const BUILT = new URL('files.jar', import.meta.url)
const BUILDER = new URL('../../../tools/build-helpers.ts', import.meta.url)

let jar: Promise<Buffer> | undefined

/** Tens of kilobytes, read once. Throws Failure (JAVA_MISSING) with what to install where it must be compiled and can't be. */
export function filesJar(): Promise<Buffer> {
  jar ??= load().catch((error: unknown) => {
    // Somebody may install a JDK, and asks again.
    jar = undefined
    throw error
  })
  return jar
}

async function load(): Promise<Buffer> {
  if (existsSync(BUILT)) return readFile(BUILT)
  if (!existsSync(BUILDER)) throw new Failure('INTERNAL', `${fileURLToPath(BUILT)} is missing: this Weir is not whole. Install it again`)
  const { buildFilesJar } = await import(BUILDER.href) as { buildFilesJar(options: { out: string }): Promise<string> }
  try {
    return await readFile(await buildFilesJar({ out: join(defaultCacheDir(process.env), 'helpers') }))
  } catch (error) {
    throw new Failure('JAVA_MISSING', (error as Error).message, { cause: error })
  }
}
