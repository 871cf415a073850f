/**
 * Fetches jobs' own jars, each for the cluster that it is sent to: with that it goes, and the next one needs it anew.
 * It lasts as long as the network does, and so never happens on a worker.
 */
import type { Clock } from '../../../domain/clock.ts'
import type { Generation } from '../../../domain/cluster.ts'
import { Failure } from '../../../domain/failure.ts'
import { fileName } from '../../../domain/file-name.ts'
import type { RunResource } from '../../../domain/resource.ts'
import type { StagedJar } from '../../../domain/run/input.ts'
import type { JarSource, Runtime } from '../../../runtimes/runtime.ts'

export interface Staging {
  /** How far the job's own jar is fetched for that cluster; `source` once that is settled. */
  of(job: string, generation: Generation): { jar: StagedJar; source?: JarSource } | undefined
  /** Begins to fetch it, and calls `done` when that is settled. */
  begin(resource: RunResource, target: { generation: Generation; runtime: Runtime }, done: () => void): void
  forget(job: string): void
}

const STAGE_TRIES = 5

interface Stage {
  generation: number
  jar: StagedJar
  source?: JarSource
  failures: number
}

export function createStaging(clock: Clock): Staging {
  const stages = new Map<string, Stage>()
  const stageFor = (job: string, { generation }: Generation): Stage | undefined => {
    const stage = stages.get(job)
    return stage?.generation === generation ? stage : undefined
  }
  return {
    of: stageFor,
    begin({ id, spec }, { generation, runtime }, done) {
      const uri = spec.job.jarUri
      const before = stageFor(id, generation)
      if (uri === undefined || before?.jar.state === 'STAGING') return
      const stage: Stage = {
        generation: generation.generation,
        failures: before?.failures ?? 0,
        // Without the query, where credentials stand.
        jar: { state: 'STAGING', detail: `fetching ${fileName(uri)}` },
      }
      stages.set(id, stage)
      runtime
        .stageJar(generation, generation.spec, uri)
        .then((source) => {
          Object.assign(stage, { source, jar: { state: 'READY' } })
        })
        .catch((error: unknown) => {
          stageFailed(stage, error, clock.now())
        })
        .finally(done)
    },
    forget: (job) => void stages.delete(job),
  }
}

function stageFailed(stage: Stage, error: unknown, now: number): void {
  stage.failures += 1
  const failure = error instanceof Failure ? error : new Failure('FILE_UNAVAILABLE', String(error))
  const again = failure.retryable && stage.failures < STAGE_TRIES
  stage.jar = {
    state: 'FAILED',
    outcome: { result: 'FAILED', code: failure.code, message: failure.message },
    ...(again && { retryAt: now + 1_000 * 2 ** stage.failures }),
  }
}
