/**
 * Inspecting a jar takes seconds of computing for the largest, in pieces of which some take longer than anybody else
 * should wait, and as much memory as its names and its largest entries have. So a thread does it, with bounds.
 */
import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Failure } from '../../domain/failure.ts'
import type { JarInspection } from '../../domain/jar.ts'
import type { Asked, Outcome } from './thread.ts'

/** The list of entries of the largest jar that is taken needs half of it. */
const MEMORY_MEBIBYTES = 1024

let turn: Promise<unknown> = Promise.resolve()

/**
 * As `inspectJar`, one jar after the other: whoever sends a hundred waits, and nobody else does. Throws Failure:
 * JAR_INVALID, FILE_UNAVAILABLE.
 */
export function inspectOnThread(path: string, name: string = basename(path)): Promise<JarInspection> {
  const inspection = turn.then(() => inspect({ path, name }))
  turn = inspection.catch(() => {})
  return inspection
}

async function inspect(asked: Asked): Promise<JarInspection> {
  // In the package it is JavaScript, as this file is.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./thread.${ending}`, import.meta.url), {
    workerData: asked,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MEBIBYTES },
  })
  const outcome = await new Promise<Outcome>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the thread that inspects jars ended with ${code}`)))
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error
    const why = `to look into it takes more than ${MEMORY_MEBIBYTES} MiB of memory`
    throw new Failure('JAR_INVALID', `${asked.name} is not a jar that can be used: ${why}.`, { cause: error })
  })
  if ('failure' in outcome) throw new Failure(outcome.failure.code, outcome.failure.message)
  return outcome.inspection
}
