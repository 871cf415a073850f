/** Compiles the Java programs in `helpers/`, which need nothing but the JDK: a package is a jar. */
import { resolve } from 'node:path'
import type { JavaOptions } from './java.ts'
import { buildJar } from './java.ts'

/** The oldest Java in an official image of a supported Flink. */
const RELEASE = '8'

const WHAT = {
  files: 'the program that fetches files into Flink pods',
  runner: 'the program that calls main() of jobs',
  warm: 'the program that waits for a cluster',
}
export type Helper = keyof typeof WHAT

export const HELPERS = Object.keys(WHAT) as Helper[]

/** The jar's path. Throws an Error that says what to install. */
export function buildHelper(name: Helper, options: JavaOptions): Promise<string> {
  const folder = resolve(import.meta.dirname, '../helpers/src')
  const sourcePath = resolve(import.meta.dirname, '../helpers/stubs')
  return buildJar(
    { folder, package: `dev/weir/${name}`, name, what: WHAT[name], release: RELEASE, sourcePath },
    options,
  )
}
