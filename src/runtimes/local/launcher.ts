/**
 * What Flink's start scripts (`bin/config.sh`, `bin/flink-console.sh`) do with the configuration and the environment
 * before they start a JVM, without running them. What callers may give them is the table of domain/launcher.ts.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'

import { configuredEnvironment } from '../../domain/launcher.ts'
import type { ProcessRole } from '../../domain/process.ts'
import { localeOfJvm } from '../jvm-locale.ts'
import { type LaunchFolder, memberName } from './paths.ts'

/** Whose JVM it is, and with what. */
export interface Launched {
  role: ProcessRole
  ordinal: number
  flinkVersion: string
  home: string
  folder: LaunchFolder
  configuration: Record<string, string>
}

/** Whether the scripts of that Flink are those of 1.19 or newer, which do more. */
function newScripts(flinkVersion: string): boolean {
  const [major = 0, minor = 0] = flinkVersion.split('.').map(Number)
  return major > 1 || minor >= 19
}

/** The server's own settings and credentials are none of user code's business; the rest of the environment may be. */
const WITHHELD = /^(WEIR_|PG|NODE_|npm_|FLINK_|VITEST|INIT_CWD$|CLASSPATH$|JDK_JAVA_OPTIONS$)/

/** What a program and the clients of file systems go by: where things are, its language, credentials of stores. */
const OF_FILES =
  /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|(AWS|GOOGLE|AZURE|ALIBABA_CLOUD|OSS|HADOOP|KRB5)\w*)$/

/** By these the JVM and the loader take options, which would undo what holds the program to its addresses. */
const OPTIONS = /^(_JAVA_OPTIONS|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|LD_\w+)$/

/**
 * The whole environment of the program that fetches files for a session on this machine: these few variables of the
 * server's, and what the configuration gives to JobManagers.
 */
export function filesEnvironment(home: string, configuration: Record<string, string>): NodeJS.ProcessEnv {
  const configured = Object.entries(configuredEnvironment('jobmanager', configuration))
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => OF_FILES.test(name))),
    ...localeOfJvm(),
    ...Object.fromEntries(configured.filter(([name]) => !OPTIONS.test(name))),
    FLINK_HOME: home,
  }
}

/** What Flink's JVMs get: this server's environment with what the configuration says of that role. */
const programEnvironment = (
  home: string,
  role: ProcessRole,
  configuration: Record<string, string>,
): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !WITHHELD.test(name))),
  ...localeOfJvm(),
  ...configuredEnvironment(role, configuration),
  FLINK_HOME: home,
})

/** The whole environment of a JVM. */
export function memberEnvironment({
  role,
  flinkVersion,
  home,
  folder,
  configuration,
}: Omit<Launched, 'ordinal'>): NodeJS.ProcessEnv {
  const level = newScripts(flinkVersion) ? configuration['env.log.level'] : undefined
  return {
    ...(level && { ROOT_LOG_LEVEL: level }),
    ...programEnvironment(home, role, configuration),
    FLINK_CONF_DIR: folder.conf,
    FLINK_LIB_DIR: join(home, 'lib'),
    FLINK_OPT_DIR: join(home, 'opt'),
    FLINK_PLUGINS_DIR: folder.plugins,
    FLINK_LOG_DIR: folder.log,
  }
}

/** The caller's own JVM options, in the order in which the scripts append them. */
export function configuredOptions(launched: Launched, environment: NodeJS.ProcessEnv): string[] {
  const { role, ordinal, folder, configuration } = launched
  const fresh = newScripts(launched.flinkVersion)
  const texts = [
    fresh ? configuration['env.java.default-opts.all'] : undefined,
    configuration['env.java.opts.all'] || configuration['env.java.opts'],
    fresh ? configuration[`env.java.default-opts.${role}`] : undefined,
    configuration[`env.java.opts.${role}`],
  ]
  const variables = { ...environment, FLINK_LOG_PREFIX: join(folder.log, memberName(role, ordinal)) }
  return [
    // The scripts of 1.19 have the JVM pass over options that it does not know, the collectors of old among them.
    ...(fresh ? ['-XX:+IgnoreUnrecognizedVMOptions'] : []),
    ...texts.flatMap((text) => splitOptions(text ?? '', variables)),
  ]
}

/**
 * What the scripts put behind Flink's own class path: Hadoop's and HBase's, where there are any. `etc`: where a machine
 * has theirs when nobody says otherwise.
 */
export function hadoopClassPath(
  environment: NodeJS.ProcessEnv,
  configuration: Record<string, string>,
  etc = '/etc',
): string[] {
  const hadoopHome = environment['HADOOP_HOME']
  const hbaseHome = environment['HBASE_HOME']
  const libraries = environment['HADOOP_CLASSPATH']
  const hadoop =
    environment['HADOOP_CONF_DIR'] ||
    configuration['env.hadoop.conf.dir'] ||
    (hadoopHome && folderOf(join(hadoopHome, 'etc', 'hadoop'), join(hadoopHome, 'conf'))) ||
    (libraries ? undefined : folderOf(join(etc, 'hadoop', 'conf')))
  const yarn = environment['YARN_CONF_DIR'] || configuration['env.yarn.conf.dir']
  const hbase =
    environment['HBASE_CONF_DIR'] ||
    configuration['env.hbase.conf.dir'] ||
    (hbaseHome && folderOf(join(hbaseHome, 'conf'))) ||
    folderOf(join(etc, 'hbase', 'conf'))
  return [libraries, hadoop, yarn, hbase].filter((entry): entry is string => entry !== undefined && entry !== '')
}

const folderOf = (...paths: string[]): string | undefined =>
  paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory())

const VARIABLE = /\$(?:\{(\w+)(?::-([^}]*))?\}|([A-Za-z_]\w*))/y

/**
 * Words as the scripts' shell makes them: split at white space outside quotes, quotes and backslashes taken away,
 * variables replaced outside single quotes. Nothing is run: `$(...)` stays as it is.
 */
export function splitOptions(text: string, variables: Record<string, string | undefined> = {}): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  const finish = (): void => {
    if (word !== undefined) words.push(word)
    word = undefined
  }
  const add = (more: string): void => {
    word = (word ?? '') + more
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    const next = text[at + 1]
    VARIABLE.lastIndex = at
    const variable = char === '$' && quote !== "'" ? VARIABLE.exec(text) : null
    if (variable) {
      const [whole, braced, otherwise = '', plain] = variable
      const [first = '', ...rest] = pieces(variables[braced ?? plain ?? ''] || otherwise, quote !== undefined)
      add(first)
      for (const piece of rest) {
        finish()
        add(piece)
      }
      at += whole.length - 1
    } else if (char === quote) quote = undefined
    else if (quote === undefined && /["']/.test(char) && text.includes(char, at + 1)) {
      quote = char
      add('')
    } else if (
      char === '\\' &&
      next !== undefined &&
      (quote === undefined || (quote === '"' && /["$`\\]/.test(next)))
    ) {
      add(next)
      at += 1
    } else if (quote === undefined && /\s/.test(char)) finish()
    else add(char)
  }
  finish()
  return words
}

/** A value in quotes is one piece of a word; outside of them it is split. */
const pieces = (value: string, quoted: boolean): string[] => (quoted ? [value] : value.split(/\s+/))
