/** Compiles the Java programs in `helpers/`, which need nothing but the JDK. */
import { resolve } from 'node:path'
import type { JavaOptions } from './java.ts'
import { buildJar } from './java.ts'

/** The oldest Java in an official image of a supported Flink. */
const RELEASE = '8'

/** The program that fills the folders of a Flink pod: the jar's path. Throws an Error that says what to install. */
export function buildFilesJar(options: JavaOptions): Promise<string> {
  const folder = resolve(import.meta.dirname, '../helpers/src')
  return buildJar(
    { folder, name: 'files', what: 'the program that fetches files into Flink pods', release: RELEASE },
    options,
  )
}
