/** The quickstart compiles its example job, so it needs a JDK; Flink itself needs the `java` of it. */
import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CliError, EXIT } from '../errors.ts'
import { loadJava } from '../server.ts'

const run = promisify(execFile)

export interface Jdk {
  /** `17`, with which Flink will be run. */
  major: number
  home: string
  /** The home whose javac compiles; absent: the one on the PATH. */
  compilerHome?: string
}

const INSTALL = [
  'apt install openjdk-17-jdk-headless   (Debian, Ubuntu)',
  'dnf install java-17-openjdk-devel     (Fedora, RHEL)',
  'export JAVA_HOME=/path/to/a/jdk       (one that is installed already; 11 or later, best 17)',
]

/** Throws a CliError that says what to install. */
export async function checkJdk(flinkVersion: string): Promise<Jdk> {
  const { javaForFlink } = await loadJava()
  const java = await javaForFlink(flinkVersion).catch((error: unknown) => {
    throw new CliError(EXIT.failed, (error as Error).message, { next: INSTALL, cause: error })
  })
  for (const home of [process.env.JAVA_HOME, java.home]) {
    if (home && (await works(join(home, 'bin', 'javac'))))
      return { major: java.major, home: java.home, compilerHome: home }
  }
  if (await works('javac')) return { major: java.major, home: java.home }
  throw new CliError(
    EXIT.failed,
    `Java ${java.major} is there (${java.home}), but no javac, which compiles the example job`,
    {
      details: ['javac is part of a JDK, not of a Java runtime alone'],
      next: INSTALL,
    },
  )
}

async function works(javac: string): Promise<boolean> {
  if (
    javac.startsWith('/') &&
    !(await access(javac).then(
      () => true,
      () => false,
    ))
  )
    return false
  return run(javac, ['-version']).then(
    () => true,
    () => false,
  )
}
