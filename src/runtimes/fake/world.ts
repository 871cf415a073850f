/**
 * The world that fake clusters live in. It outlives servers: a second runtime over the same world finds what the first
 * one started, and a world with a folder is found again by the next process. Plain data, so that it can be written as
 * JSON.
 */

import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterRef, EffectiveClusterSpec } from '../../domain/cluster.ts'
import type { FailureCode } from '../../domain/failure.ts'
import type { MemberExit } from '../../domain/observation.ts'
import type { ProcessRole } from '../../domain/process.ts'
import type { RunJarRequest } from '../../flink/rest.ts'

/** A JobManager (ordinal 0) or a TaskManager; dead ones stay, for their logs. Times in milliseconds since the epoch. */
export interface FakeMember {
  /** A TaskManager's ID in Flink; unique for ever. */
  id: string
  role: ProcessRole
  ordinal: number
  startedAt: number
  /** When a TaskManager will have registered. */
  registersAt: number
  registered: boolean
  /** Asked to stop: when it will be gone. */
  stopsAt?: number
  end?: MemberExit
  log: string[]
}

export type FakeStage =
  | 'WAITING'
  | 'DEPLOYING'
  | 'RUNNING'
  | 'RESTARTING'
  | 'CANCELLING'
  | 'FINISHED'
  | 'CANCELED'
  | 'FAILED'

export interface FakeJob {
  id: string
  name: string
  behaviour: string
  parallelism: number
  stage: FakeStage
  submittedAt: number
  /** When the stage changes by itself. */
  wakesAt?: number
  endedAt?: number
  /** Slots taken, by TaskManager. */
  slots: Record<string, number>
  restarts: number
  /** When it came into RUNNING and RESTARTING the last time. */
  scheduledAt?: number
  restartingAt?: number
  /** As Flink remembers them: newest first, and only so many. */
  failures: { at: number; exception: string; taskManager?: string }[]
  /** How many more times it fails by itself. */
  failsLeft?: number
  exception?: string
  restoredFrom?: string
  /** How long a bounded job still has to run. */
  remainingMs?: number
  checkpointFolder?: string
  checkpointMs?: number
  /** Since when the present run makes checkpoints, and the newest checkpoint from before it. */
  runningSince?: number
  checkpointsBefore: number
  /** When the newest of those was completed, if this job made it. */
  checkpointedAt?: number
}

/** A main() under way inside a JobManager: it goes on when whoever called it has gone. */
export interface FakeMain {
  request: RunJarRequest
  doneAt: number
  /** Another main() of the same job was faster: what this one executes is refused. */
  doubled?: boolean
}

export interface FakeFailure {
  code: FailureCode
  message: string
  retryable: boolean
}

export interface FakeCluster extends ClusterRef {
  spec: EffectiveClusterSpec
  phase: 'PREPARING' | 'UP' | 'FAILED' | 'ENDED' | 'REMOVED'
  upAt: number
  /** When the JobManager's REST API has a leader. */
  answersAt: number
  /** Chosen at the launch, shown from UP on. */
  incarnation: string
  failure?: FakeFailure
  /** What is said of its jars. */
  warnings?: string[]
  members: FakeMember[]
  jobs: FakeJob[]
  mains: FakeMain[]
  jars: string[]
}

/** An attempt that the fake operator has submitted, as long as it is not withdrawn. */
export interface FakeOperated {
  job: string
  attempt: number
  generation: number
  flinkJobId: string
  /** What its submission was answered. */
  error?: string
  withdrawing?: boolean
}

export interface FakeResource {
  resource: string
  clusters: FakeCluster[]
  /** Newest checkpoint ID by `folder/flinkJobId`. */
  checkpoints: Record<string, number>
  operated?: FakeOperated[]
}

/** One request to run a jar that reached a JobManager, refused ones included. */
export interface FakeSubmission extends ClusterRef {
  flinkJobId: string
  name: string
  entryClass?: string
  savepointPath?: string
  at: number
  /** False: the job was there already, and Flink refused it at once. */
  accepted: boolean
}

export interface FakeWorld {
  readonly resources: Map<string, FakeResource>
  readonly submissions: FakeSubmission[]
  /** Savepoints that exist although no fake job made them. */
  readonly savepoints: Set<string>
  /** Makes what was changed of a resource last, and tells whoever listens. */
  changed(resource: string): void
  submitted(submission: FakeSubmission): void
  forget(resource: string): void
  /** Every runtime over this world hears of every change in it. */
  listen(callback: (cluster: ClusterRef) => void): () => void
  tell(cluster: ClusterRef): void
}

/** With a `folder` the world is kept there, one file a resource, and what is in the folder is taken over. */
export function createFakeWorld(options: { folder?: string } = {}): FakeWorld {
  const { folder } = options
  const resources = new Map<string, FakeResource>()
  const submissions: FakeSubmission[] = []
  const listeners = new Set<(cluster: ClusterRef) => void>()
  if (folder) load(folder, resources, submissions)
  const files = folder === undefined ? undefined : keptIn(folder, resources)
  return {
    resources,
    submissions,
    savepoints: new Set(),
    changed: (resource) => files?.changed(resource),
    submitted(submission) {
      submissions.push(submission)
      files?.submitted(submission)
    },
    forget(resource) {
      resources.delete(resource)
      files?.changed(resource)
    },
    listen(callback) {
      listeners.add(callback)
      return () => listeners.delete(callback)
    },
    tell(cluster) {
      for (const listener of listeners) listener({ resource: cluster.resource, generation: cluster.generation })
    },
  }
}

/** A world goes on while its disk can't be written to, as processes would; what is left is written when it can. */
const AGAIN_MS = 1000

function keptIn(folder: string, resources: ReadonlyMap<string, FakeResource>) {
  const due = new Set<string>()
  const unwritten: FakeSubmission[] = []
  let waiting = false

  function save(resource: string): void {
    const file = join(folder, `${resource}.json`)
    const state = resources.get(resource)
    if (!state) return rmSync(file, { force: true })
    // Renamed into target: a server killed in the middle leaves the former state, never half of the new one.
    writeFileSync(`${file}.new`, JSON.stringify(state))
    renameSync(`${file}.new`, file)
  }

  function saveAll(): void {
    try {
      for (const resource of due) {
        save(resource)
        due.delete(resource)
      }
      for (let next = unwritten[0]; next; next = unwritten[0]) {
        appendFileSync(join(folder, 'submissions.jsonl'), `${JSON.stringify(next)}\n`)
        unwritten.shift()
      }
    } catch {
      if (waiting) return
      waiting = true
      setTimeout(() => {
        waiting = false
        saveAll()
      }, AGAIN_MS).unref()
    }
  }

  let planned = false
  /** Once for all that one call changes, and before whoever made the call goes on. */
  function saveSoon(): void {
    if (planned) return
    planned = true
    queueMicrotask(() => {
      planned = false
      saveAll()
    })
  }

  return {
    changed(resource: string): void {
      due.add(resource)
      saveSoon()
    },
    submitted(submission: FakeSubmission): void {
      unwritten.push(submission)
      saveSoon()
    },
  }
}

function load(folder: string, resources: Map<string, FakeResource>, submissions: FakeSubmission[]): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.json')) {
      const resource = JSON.parse(readFileSync(join(folder, name), 'utf8')) as FakeResource
      resources.set(resource.resource, resource)
    }
    if (name === 'submissions.jsonl') {
      for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
        if (line.endsWith('}')) submissions.push(JSON.parse(line) as FakeSubmission)
      }
    }
  }
}

export function findCluster(world: FakeWorld, { resource, generation }: ClusterRef): FakeCluster | undefined {
  return world.resources.get(resource)?.clusters.find((cluster) => cluster.generation === generation)
}

export const alive = (cluster: FakeCluster, role: ProcessRole): FakeMember[] =>
  cluster.members.filter((member) => member.role === role && !member.end)
