/**
 * Command lines of JVMs that are started before their cluster is known, and what they are told once it is. What is the
 * same for all sessions without JVM options of their own is on the command line; the rest, as it would stand there,
 * comes later, by a pipe.
 */
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { entryNames } from '../../../artifacts/inspect/class-names.ts'
import { joinClassPath } from '../../../domain/paths.ts'
import type { ProcessRole } from '../../../domain/process.ts'
import { LOG4J_FILE } from '../../logging.ts'
import type { WarmStart } from '../cds.ts'
import { type CommandParts, commandParts, type JvmCommand, type MemberCommand } from '../command.ts'
import { type LaunchFolder, launchFolderAt, logFiles } from '../paths.ts'
import { type LaunchPlan, launcherOf } from '../plan-file.ts'
import { marks } from '../proc.ts'

/** By these its class loader takes more jars, when it is known which. */
const CLASS_PATH_OPTION = '--add-opens=java.base/jdk.internal.loader=ALL-UNNAMED'
const MAIN = 'dev.weir.warm.Spare'

/** The variables that name folders of the launch. */
const OF_LAUNCH = ['FLINK_CONF_DIR', 'FLINK_PLUGINS_DIR', 'FLINK_LOG_DIR']

/** Whether sessions with this plan ask for nothing that a JVM must be started with. */
export const isUsual = (plan: LaunchPlan): boolean =>
  Object.keys(launcherOf(plan)).length === 0 && plan.inexpressible.length === 0 && (plan.clashes ?? []).length === 0

/** What two JVMs have to have in common for the one to become the other. */
export function likeness(java: LaunchPlan['java'], { env, jvm, callers }: CommandParts): string {
  const variables = Object.entries(env).filter(([name]) => !OF_LAUNCH.includes(name))
  return JSON.stringify([java.executable, java.build, jvm, callers, variables.sort()])
}

/** What a spare of that role has, and so what a member has to have that takes it. */
export const spareLikeness = (role: ProcessRole, plan: LaunchPlan, warm: WarmStart): string =>
  likeness(plan.java, spareParts(role, plan, warm, launchFolderAt('/')))

/** With it sessions of this plan could begin. `jar`: the program's. */
export function spareCommand(
  spare: { installation: string; uuid: string; role: ProcessRole; folder: LaunchFolder },
  plan: LaunchPlan,
  warm: WarmStart,
  jar: string,
): JvmCommand {
  const { role, folder } = spare
  const parts = spareParts(role, plan, warm, folder)
  const files = logFiles(folder, role, ordinalOf(role))
  const args = [
    ...marks(spare.installation, spare.uuid),
    ...parts.jvm,
    ...parts.callers,
    CLASS_PATH_OPTION,
    `-Dlog4j.configurationFile=${join('conf', LOG4J_FILE)}`,
    '-classpath',
    joinClassPath([...warm.jars, jar]),
    MAIN,
    warm.classes,
    folder.tmp,
  ]
  return {
    executable: plan.java.executable,
    args,
    env: parts.env,
    cwd: folder.root,
    stdout: files.out,
    stderr: files.err,
  }
}

/** A cluster's first of that role. */
const ordinalOf = (role: ProcessRole): number => (role === 'jobmanager' ? 0 : 1)

const spareParts = (role: ProcessRole, plan: LaunchPlan, warm: WarmStart, folder: LaunchFolder): CommandParts =>
  commandParts({
    role,
    ordinal: ordinalOf(role),
    java: plan.java,
    flinkVersion: plan.flinkVersion,
    home: plan.home,
    folder,
    classPath: warm.jars,
    memory: plan.memory[role],
    configuration: {},
    inexpressible: [],
    sharing: warm.sharing,
    resourceId: '',
  })

/** Until it has a cluster it logs nothing. */
const QUIET = 'rootLogger.level = OFF\n'

export async function makeSpareFolder({ root, conf, log, tmp }: LaunchFolder): Promise<void> {
  for (const path of [root, conf, log, tmp]) await mkdir(path, { recursive: true, mode: 0o700 })
  await writeFile(join(conf, LOG4J_FILE), QUIET, { mode: 0o600 })
}

/** What a spare is told: see helpers/src/dev/weir/warm/Assignment.java. */
export function assignmentWords({ env, program }: CommandParts): string {
  const variables = OF_LAUNCH.map((name) => `E${name}=${env[name]}`)
  return [...variables, ...program.map((word) => `A${word}`), '.'].map((item) => `${item}\0`).join('')
}

/** The names in a spare's folder lead to the launch's from now on; what it has printed goes there. */
export async function moveIn(
  spare: LaunchFolder,
  { folder, role, ordinal }: Pick<MemberCommand, 'folder' | 'role' | 'ordinal'>,
): Promise<void> {
  const from = logFiles(spare, role, ordinal)
  const to = logFiles(folder, role, ordinal)
  await Promise.all([rename(from.out, to.out), rename(from.err, to.err)])
  await Promise.all([spare.conf, spare.log].map((path) => rm(path, { recursive: true, force: true })))
  for (const name of ['conf', 'log', 'lib', 'plugins']) await symlink(join(folder.root, name), join(spare.root, name))
}

/** So begin the names of files by which jars take part in what a JVM has settled before it knows them. */
const TAKES_PART = [
  ...['java.', 'javax.', 'sun.', 'jdk.', 'org.slf4j.', 'org.apache.logging.'].map(
    (name) => `META-INF/services/${name}`,
  ),
  'META-INF/org/apache/logging/',
  'log4j2',
  'logback',
]

/** Whether one of these jars has to be there from the beginning. */
export async function needsItsOwn(jars: readonly string[]): Promise<boolean> {
  for (const jar of jars) {
    const names = await entryNames(jar)
    if (names === undefined || names.some((name) => TAKES_PART.some((start) => name.startsWith(start)))) return true
  }
  return false
}

/** Of a session's class path, what a spare does not have yet. */
export const jarsBeyond = (classPath: readonly string[], distribution: readonly string[]): string[] =>
  classPath.slice(distribution.length).filter((path) => basename(path).endsWith('.jar'))
