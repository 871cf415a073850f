/** What is seen of a cluster: the ledger's records, the launch under way, and the last words of those that ended. */

import type { ClusterRef } from '../../domain/cluster.ts'
import { defined } from '../../domain/defined.ts'
import type { ClusterObservation, MemberExit } from '../../domain/observation.ts'
import type { ProcessLedger, ProcessRecord } from '../../domain/process.ts'
import { lastWords, startFailure } from '../last-words.ts'
import { diskFull } from './disk-check.ts'
import type { LaunchState } from './launches.ts'
import { resourceId } from './members.ts'
import { exists, type LaunchFolder, launchFolder, logFiles } from './paths.ts'
import { neverStarted, REBOOTED } from './processes.ts'
import { tailOf } from './tail.ts'

export interface ObserveOptions {
  dataDir: string
  ledger: ProcessLedger
  /** JobManagers whose REST API has answered this server. */
  hasReached(uuid: string): boolean
}

export interface Observed {
  observation: ClusterObservation
  /** A living JobManager whose REST API has not answered yet, as far as is known. */
  notReached?: ProcessRecord
  /** All that the observation is made from. */
  records: readonly ProcessRecord[]
}

export const isLive = (record: ProcessRecord): boolean => record.state !== 'EXITED'

/** Flink says this when its REST server listens; counts as well as the flag if nobody was there to set that. */
const REST_IS_UP = /Rest endpoint listening at/

async function wasReached(folder: LaunchFolder): Promise<boolean> {
  return (await exists(folder.reached)) || REST_IS_UP.test(await tailOf(logFiles(folder, 'jobmanager', 0).log, 2 ** 20))
}

export async function observeCluster(
  options: ObserveOptions,
  cluster: ClusterRef,
  launch: LaunchState | undefined,
): Promise<Observed> {
  const records = (await options.ledger.list({ cluster })).filter((record) => !neverStarted(record))
  const folder = launchFolder(options.dataDir, cluster)
  const jobManager = records.find((record) => record.role === 'jobmanager')
  const taskManagers = records
    .filter((record) => record.role === 'taskmanager' && isLive(record))
    .map((record) => ({ id: resourceId(record), ordinal: record.ordinal }))
  const exits = await Promise.all(
    records.filter((record) => !isLive(record)).map((record) => memberExit(folder, record)),
  )
  const members = { taskManagers, exits }
  if (jobManager === undefined || jobManager.state === 'INTENDED')
    return { records, observation: notYetThere(members, launch, jobManager !== undefined) }
  const alive = { ...members, incarnation: jobManager.uuid, endpoint: `http://127.0.0.1:${jobManager.restPort}` }
  if (isLive(jobManager)) {
    const reached = options.hasReached(jobManager.uuid) || (await exists(folder.reached))
    const detail = reached ? 'the JobManager is up' : 'the JobManager is starting'
    return { records, observation: { phase: 'UP', detail, ...alive }, ...(reached ? {} : { notReached: jobManager }) }
  }
  // A removal takes the configuration along, last of all.
  if (!(await exists(folder.conf)))
    return { records, observation: { phase: 'ABSENT', detail: 'the cluster was removed', ...members } }
  const exit = exits.find((end) => end.id === jobManager.uuid)!
  const detail = `the JobManager ${exit.exit.reason}`
  if (exit.requested || exit.rebooted || (await wasReached(folder)))
    return { records, observation: { phase: 'ENDED', detail, ...alive } }
  const failure = startFailure('jobmanager', exit.exit, exit.message)
  const full = failure.code === 'FLINK_START_FAILED' ? await diskFull(options.dataDir) : undefined
  if (full) Object.assign(failure, { code: 'DISK_FULL', retryable: true, message: `${full} ${failure.message}` })
  return { records, observation: { phase: 'FAILED', detail, ...alive, failure } }
}

function notYetThere(
  members: Pick<ClusterObservation, 'taskManagers' | 'exits'>,
  launch: LaunchState | undefined,
  intended: boolean,
): ClusterObservation {
  if (launch?.failure) {
    const { code, message, retryable } = launch.failure
    return { phase: 'FAILED', detail: message, ...members, failure: { code, message, retryable } }
  }
  if (launch?.running || intended)
    return { phase: 'PREPARING', detail: launch?.detail ?? 'starting the JobManager', ...members }
  return { phase: 'ABSENT', detail: 'nothing was launched', ...members }
}

/** Ends don't change any more: their words are read once. */
const words = new Map<string, string | undefined>()
const REMEMBERED = 1000

async function memberExit(folder: LaunchFolder, record: ProcessRecord): Promise<MemberExit> {
  const exit = record.exit ?? { reason: 'ended' }
  const message = await wordsOf(folder, record)
  return {
    id: record.uuid,
    role: record.role,
    ordinal: record.ordinal,
    at: record.exitedAt ?? record.createdAt,
    exit,
    requested: record.stopRequested,
    rebooted: exit.reason === REBOOTED,
    ...defined({ message }),
  }
}

async function wordsOf(folder: LaunchFolder, record: ProcessRecord): Promise<string | undefined> {
  // Who is killed has no time for last words; older errors in its log are about something else.
  if (record.stopRequested || record.exit?.signal !== undefined || record.exit?.code === 0) return undefined
  if (words.has(record.uuid)) return words.get(record.uuid)
  const files = logFiles(folder, record.role, record.ordinal)
  const [log, out, err] = await Promise.all([tailOf(files.log), tailOf(files.out), tailOf(files.err)])
  const said = lastWords({ log, out, err })
  if (words.size >= REMEMBERED) words.clear()
  words.set(record.uuid, said)
  return said
}
