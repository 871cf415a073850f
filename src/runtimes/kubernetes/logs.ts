/**
 * Logs of a cluster's pods. Those of the living come from Kubernetes; a pod's log is gone with the pod, so the last of
 * it is kept in the data folder when the pod ends and before a generation is removed.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isoTime } from '../../domain/clock.ts'
import type { ClusterRef } from '../../domain/cluster.ts'
import { newUuid } from '../../domain/ids.ts'
import type { MemberExit } from '../../domain/observation.ts'
import type { ProcessRole } from '../../domain/process.ts'
import { lastWords } from '../last-words.ts'
import type { LogQuery, MemberLog } from '../runtime.ts'
import { isKubeTrouble } from './client/errors.ts'
import type { KubeContext } from './context.ts'
import {
  appOf,
  clusterOfName,
  isJobManager,
  MAIN_CONTAINER,
  mainContainer,
  type Pod,
  paths,
  taskManagerOrdinal,
} from './objects.ts'

/** Enough for the story of an end; kept for each pod. */
const KEPT_LINES = 2000
const KEPT_BYTES = 1024 * 1024

interface Kept extends Omit<MemberLog, 'alive'> {
  pod: string
}

const folderOf = ({ dataDir }: KubeContext, resource: string): string => join(dataDir, 'kubernetes', 'logs', resource)

const roleOf = (pod: Pod): { role: ProcessRole; ordinal: number } =>
  isJobManager(pod) ? { role: 'jobmanager', ordinal: 0 } : { role: 'taskmanager', ordinal: taskManagerOrdinal(pod) }

/** `previous`: of the container that ended before the present one. Empty where there is none (any more). */
async function readLog(context: KubeContext, pod: Pod, lines: number, previous = false): Promise<string[]> {
  const query = {
    container: MAIN_CONTAINER,
    tailLines: lines,
    limitBytes: KEPT_BYTES,
    ...(previous && { previous: true }),
  }
  try {
    const text = await context.api.text(paths.podLog(context.target.namespace, pod.metadata.name), query)
    return text.split('\n').filter((line, index, all) => index < all.length - 1 || line !== '')
  } catch (error) {
    if (isKubeTrouble(error)) return []
    throw error
  }
}

/** Ends that come from outside: what was logged before them has nothing to do with it. */
const STOPPED = new Set<number | undefined>([undefined, 0, 137, 143])
const LONGEST_LINE = 400

/**
 * What the container of a pod said last that sounds like a reason, or else the end of its log where Flink itself chose
 * to end. The log may be gone already: then what the kubelet has put into the pod's status, if it has.
 */
export async function lastWordsOf(
  context: KubeContext,
  pod: Pod,
  { exit }: Pick<MemberExit, 'exit'>,
): Promise<string | undefined> {
  const { state, lastState, restartCount = 0 } = mainContainer(pod) ?? {}
  const lines = await readLog(context, pod, 200, restartCount > 0 && !state?.terminated)
  const kept = (state?.terminated ?? lastState?.terminated)?.message ?? ''
  const log = lines.length > 0 ? lines.join('\n') : kept
  const last = log.trimEnd().split('\n').at(-1)?.trim().slice(0, LONGEST_LINE)
  return (
    lastWords({ log, out: log, err: '' }) ?? (last && !STOPPED.has(exit.code) ? `its log ends in "${last}"` : undefined)
  )
}

/** Keeps what the pods have logged so far, as well as it goes. */
export async function keepLogs(context: KubeContext, pods: readonly Pod[]): Promise<void> {
  await Promise.all(
    pods.map(async (pod) => {
      const cluster = clusterOfName(appOf(pod))
      const container = mainContainer(pod)
      if (!cluster || !container) return
      // The life that is of interest is the one that ran the jobs, not the one that Kubernetes started after it.
      const previous = container.restartCount > 0 ? await readLog(context, pod, KEPT_LINES, true) : []
      const lines = [...previous, ...(await readLog(context, pod, KEPT_LINES))].slice(-KEPT_LINES)
      if (lines.length === 0) return
      const { role, ordinal } = roleOf(pod)
      await write(
        context,
        {
          pod: pod.metadata.name,
          role,
          ordinal,
          generation: cluster.generation,
          startedAt: startOf(context, pod),
          endedAt: isoTime(context.clock.now()),
          lines,
        },
        cluster,
      )
    }),
  )
}

const startOf = ({ clock }: KubeContext, pod: Pod): string =>
  isoTime(Date.parse(pod.status?.startTime ?? pod.metadata.creationTimestamp ?? isoTime(clock.now())))

async function write(context: KubeContext, kept: Kept, { resource }: ClusterRef): Promise<void> {
  const folder = folderOf(context, resource)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${kept.pod}.json`)
  // The end of a pod and the removal of its generation may both want to keep its log at the same time.
  const temporary = `${file}.${newUuid()}`
  await writeFile(temporary, JSON.stringify(kept), { mode: 0o600 })
  await rename(temporary, file)
}

/**
 * Newest generation first, the JobManager before its TaskManagers. `living`: pods of the resource that are there now.
 */
export async function memberLogs(
  context: KubeContext,
  resource: string,
  query: LogQuery,
  living: readonly Pod[],
): Promise<MemberLog[]> {
  const wanted = ({ role, ordinal }: { role: ProcessRole; ordinal: number }): boolean =>
    (query.role === undefined || query.role === role) && (query.ordinal === undefined || query.ordinal === ordinal)
  const live = await Promise.all(
    living
      .filter((pod) => mainContainer(pod) && wanted(roleOf(pod)))
      .map(
        async (pod): Promise<MemberLog> => ({
          ...roleOf(pod),
          generation: clusterOfName(appOf(pod))?.generation ?? 0,
          alive: mainContainer(pod)?.state?.running !== undefined,
          startedAt: startOf(context, pod),
          lines: await readLog(context, pod, query.tail),
        }),
      ),
  )
  const there = new Set(living.map(({ metadata }) => metadata.name))
  const dead = (await kept(context, resource))
    .filter((one) => !there.has(one.pod) && wanted(one))
    .map(({ pod: _, ...log }): MemberLog => ({ ...log, alive: false, lines: log.lines.slice(-query.tail) }))
  return [...live, ...dead].toSorted((a, b) => b.generation - a.generation || a.ordinal - b.ordinal)
}

async function kept(context: KubeContext, resource: string): Promise<Kept[]> {
  const folder = folderOf(context, resource)
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => name.endsWith('.json'))
  return Promise.all(files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Kept))
}

export const forgetLogs = (context: KubeContext, resource: string): Promise<void> =>
  rm(folderOf(context, resource), { recursive: true, force: true })
