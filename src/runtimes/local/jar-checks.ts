/**
 * Looks into the jars of clusters that run: what people should know of them, and whether a job's entry class is there
 * at all. Goes on beside everything else and one jar at a time; nothing waits for it but the answer to a wrong entry
 * class. What can't be told is left to Flink.
 */

import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { entryNames } from '../../artifacts/inspect/class-names.ts'
import { inspectOnThread } from '../../artifacts/inspect/on-thread.ts'
import { type ClusterRef, clusterKey } from '../../domain/cluster.ts'
import { Failure } from '../../domain/failure.ts'
import type { JarInspection } from '../../domain/jar.ts'
import { clashWarning, jarWarnings, nearestClasses } from '../../domain/jar-warnings.ts'
import type { ClusterObservation } from '../../domain/observation.ts'
import { createSerial } from '../../flink/serial.ts'
import type { EntryClassQuestion } from '../runtime.ts'
import type { Log } from './log.ts'
import { launchFolder, RUNNER_JAR } from './paths.ts'
import { type LaunchPlan, launcherOf, readPlan } from './plan-file.ts'

export interface JarChecks {
  /** For people; undefined while it isn't known. Once it is, that is told. Asked for with every look. */
  warnings(
    cluster: ClusterRef,
    observed: { phase: ClusterObservation['phase']; reached: boolean },
  ): Promise<string[] | undefined>
  /** The same of a jar that a job brings along, for people. */
  ofJar(cluster: ClusterRef, jar: string): Promise<string[]>
  /** Why that job can't begin, for people; undefined where it can, or where that can't be told. */
  entryClass(cluster: ClusterRef, question: EntryClassQuestion): Promise<string | undefined>
  forget(resource: string): void
}

/** Inspections kept, by file. */
const KEPT = 200

export function createJarChecks(options: {
  dataDir: string
  log: Log
  onKnown: (cluster: ClusterRef) => void
}): JarChecks {
  const known = new Map<string, { warnings?: string[] }>()
  const inspect = createInspections()
  const planOf = (cluster: ClusterRef) => readPlan(launchFolder(options.dataDir, cluster))

  async function check(cluster: ClusterRef, state: { warnings?: string[] }): Promise<void> {
    try {
      const plan = await planOf(cluster)
      const warnings = planWarnings(plan)
      for (const jar of await ownJars(plan)) warnings.push(...(await warningsOf(jar, plan, inspect)))
      state.warnings = warnings
      if (known.get(clusterKey(cluster)) === state) options.onKnown(cluster)
    } catch (error) {
      options.log.warn(
        { resource: cluster.resource, generation: cluster.generation, err: error },
        'the jars of a cluster could not be looked into',
      )
    }
  }

  return {
    async warnings(cluster, { phase, reached }) {
      const state = known.get(clusterKey(cluster))
      if (state) return state.warnings
      // A cluster that did not get that far is not looked at for long, but what its launch has noticed may be why.
      if (phase === 'FAILED')
        return planOf(cluster).then(
          (plan) => [...planWarnings(plan), ...clashesOf(plan)],
          () => undefined,
        )
      if (phase !== 'UP' || !reached) return undefined
      const begun = {}
      known.set(clusterKey(cluster), begun)
      void check(cluster, begun)
      return undefined
    },
    ofJar: async (cluster, jar) => warningsOf(jar, await planOf(cluster), inspect),
    entryClass: async (cluster, question) => {
      try {
        return await entryClassProblem(await planOf(cluster), question, inspect)
      } catch (error) {
        const { resource, generation } = cluster
        if (!(error instanceof Failure))
          options.log.warn({ resource, generation, err: error }, 'an entry class could not be looked for')
        return undefined
      }
    },
    forget(resource) {
      for (const key of known.keys()) if (key.startsWith(`${resource}/`)) known.delete(key)
    },
  }
}

type Inspect = (jar: string) => Promise<JarInspection>

/** One at a time: it is the server's own thread that unpacks. A file that stays as it is is inspected once. */
function createInspections(): Inspect {
  const serial = createSerial()
  const done = new Map<string, JarInspection>()
  return (jar) =>
    serial('', async () => {
      const { dev, ino, size, mtimeMs } = await stat(jar)
      const key = [dev, ino, size, mtimeMs].join('/')
      const found = done.get(key) ?? (await inspectOnThread(jar))
      done.delete(key)
      done.set(key, found)
      const [oldest] = done.keys()
      if (done.size > KEPT && oldest !== undefined) done.delete(oldest)
      return found
    })
}

/** Those of the class path that are the caller's. */
async function ownJars({ home, classPath }: LaunchPlan): Promise<string[]> {
  const root = await realpath(home)
  const real = await Promise.all(classPath.map(async (path) => ({ path, real: await realpath(path) })))
  return real
    .filter((jar) => !jar.real.startsWith(root + sep) && basename(jar.path) !== RUNNER_JAR)
    .map(({ path }) => path)
}

const planWarnings = (plan: LaunchPlan): string[] => [...(plan.warnings ?? [])]

const clashesOf = ({ clashes = [] }: LaunchPlan): string[] =>
  [...new Set(clashes.map(({ jar }) => jar))].flatMap(
    (jar) =>
      clashWarning(
        jar,
        clashes.filter((clash) => clash.jar === jar),
      ) ?? [],
  )

async function warningsOf(jar: string, plan: LaunchPlan, inspect: Inspect): Promise<string[]> {
  const name = basename(jar)
  const clashes = (plan.clashes ?? []).filter((clash) => clash.jar === name)
  try {
    return jarWarnings(name, await inspect(jar), {
      flinkVersion: plan.flinkVersion,
      javaMajor: plan.java.major,
      clashes,
    })
  } catch (error) {
    if (error instanceof Failure && error.code === 'JAR_INVALID') return [error.message]
    throw error
  }
}

/** Classes may come from anywhere then. */
const ELSEWHERE = ['pipeline.classpaths', 'pipeline.jars']
const OF_JAVA = /^(java|javax|jdk|sun)\./

async function entryClassProblem(
  plan: LaunchPlan,
  question: EntryClassQuestion,
  inspect: Inspect,
): Promise<string | undefined> {
  const { entryClass, jar, flinkConfiguration } = question
  if (entryClass === undefined) return jar === undefined ? undefined : mainClassProblem(jar, await inspect(jar))
  if (ELSEWHERE.some((key) => flinkConfiguration[key]) || OF_JAVA.test(entryClass)) return undefined
  if (Object.values(launcherOf(plan)).some((words) => /-Xbootclasspath|-javaagent|-cp|-classpath/.test(words)))
    return undefined
  const session = await ownJars(plan)
  const own = [...(jar === undefined ? [] : [jar]), ...session]
  const classes: string[] = []
  // The caller's first: most often it is there, and Flink's own jars are large.
  for (const path of [...own, ...plan.classPath.filter((candidate) => !session.includes(candidate))]) {
    const names = await entryNames(path)
    if (names === undefined || holds(names, entryClass) || (path === jar && names.some(isNested))) return undefined
    if (own.includes(path)) classes.push(...names)
  }
  const inspections = await Promise.all(own.map(inspect))
  for (const [index, path] of own.entries()) if (await leadsElsewhere(path, inspections[index])) return undefined
  return notFound(
    entryClass,
    own.map((path) => basename(path)),
    classes,
    inspections.flatMap((one) => one.entryClasses),
  )
}

function mainClassProblem(jar: string, { mainClass, programClass, entryClasses }: JarInspection): string | undefined {
  if (mainClass !== undefined || programClass !== undefined) return undefined
  const candidates =
    entryClasses.length === 0
      ? 'It holds no class with a main method either: is it the right jar?'
      : `Set entryClass, to one of those that have a main method: ${some(entryClasses)}.`
  return `The job has no entryClass, and the manifest of ${basename(jar)} names no Main-Class. ${candidates}`
}

/** Flink unpacks these and adds them to the class path. */
const isNested = (name: string): boolean => /^lib\/.+\.jar$/.test(name)

function holds(names: readonly string[], entryClass: string): boolean {
  // As the names were read.
  const path = `${Buffer.from(entryClass.replaceAll('.', '/')).toString('latin1')}.class`
  return names.some(
    (name) => name === path || (name.endsWith(path) && /^META-INF\/versions\/\d+\/$/.test(name.slice(0, -path.length))),
  )
}

/** Whether its manifest adds other jars, that are there, to the class path. */
async function leadsElsewhere(jar: string, inspection: JarInspection | undefined): Promise<boolean> {
  const folder = pathToFileURL(join(dirname(jar), '/')).href
  for (const part of inspection?.classPath ?? []) {
    const url = URL.canParse(part, folder) ? new URL(part, folder) : undefined
    if (
      url &&
      (url.protocol !== 'file:' ||
        (await stat(url).then(
          () => true,
          () => false,
        )))
    )
      return true
  }
  return false
}

function notFound(
  entryClass: string,
  jars: readonly string[],
  paths: readonly string[],
  entryClasses: readonly string[],
): string {
  if (jars.length === 0) {
    return (
      `entryClass ${entryClass} is not part of Flink, and neither the session nor the job has a jar of its own: ` +
      "add the job's jar to the session's jars, or set jarUri of the job."
    )
  }
  const classes = paths.filter((path) => path.endsWith('.class') && !path.startsWith('META-INF/') && !/\$\d/.test(path))
  const nearest = nearestClasses(
    entryClass,
    classes.map((path) => path.slice(0, -'.class'.length).replaceAll('/', '.')),
  )
  const hint =
    nearest.length > 0
      ? ` Nearest: ${nearest.join(', ')}.`
      : entryClasses.length > 0
        ? ` Those with a main method: ${some(entryClasses)}.`
        : ''
  return (
    `entryClass ${entryClass} is in none of the jars: ${jars.join(', ')}.${hint} Create the job anew with the ` +
    `right one, or with the jar that has it.`
  )
}

const MOST = 5
const some = (names: readonly string[]): string =>
  names.slice(0, MOST).join(', ') + (names.length > MOST ? ` and ${names.length - MOST} more` : '')
