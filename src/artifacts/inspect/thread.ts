/** The other side of `on-thread.ts`: inspects the one jar that it is started for. */
import { parentPort, workerData } from 'node:worker_threads'
import { Failure } from '../../domain/failure.ts'
import type { JarInspection } from '../../domain/jar.ts'
import { inspectJar } from './inspect.ts'

export interface Asked {
  path: string
  name: string
}

/** Errors lose their class on the way, so failures go as what they are made of. */
export type Outcome = { inspection: JarInspection } | { failure: Pick<Failure, 'code' | 'message'> }

const { path, name } = workerData as Asked
const outcome = await inspectJar(path, {}, name).then(
  (inspection): Outcome => ({ inspection }),
  (error: unknown): Outcome => {
    if (!(error instanceof Failure)) throw error
    return { failure: { code: error.code, message: error.message } }
  },
)
parentPort?.postMessage(outcome)
