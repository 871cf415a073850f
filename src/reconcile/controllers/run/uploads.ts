/**
 * What is uploaded to a JobManager: jobs' own jars, which go once main() has returned, and the empty jar that all the
 * others are run with, which stays.
 */
import { newFlinkJobId } from '../../../domain/ids.ts'
import { interruptCall } from '../../../domain/run/runner.ts'
import { emptyJar } from '../../../flink/jar.ts'
import { type FlinkRest, FlinkRestError } from '../../../flink/rest.ts'

export const EMPTY_JAR = 'weir-empty.jar'
export const ownJar = (flinkJobId: string): string => `weir-${flinkJobId}.jar`
const OWN_JAR = /^weir-([0-9a-f]{32})\.jar$/

/**
 * Deletes the jars of attempts whose main() is over, those that an earlier server left among them. A JobManager that
 * does not answer is asked again after the next submission; with it they go anyway.
 */
export async function discardUploads(flink: FlinkRest, isNeeded: (flinkJobId: string) => boolean): Promise<void> {
  try {
    for (const { id, name } of await flink.jars()) {
      const flinkJobId = OWN_JAR.exec(name)?.[1]
      if (flinkJobId !== undefined && !isNeeded(flinkJobId)) await flink.deleteJar(id)
    }
  } catch (error) {
    if (!(error instanceof FlinkRestError)) throw error
  }
}

const INTERRUPT_MS = 10_000

/** Has the runner end a main(). False where Flink can't be asked. */
export async function interruptMain(flink: FlinkRest, flinkJobId: string): Promise<boolean> {
  try {
    const jarId = await flink.uploadJar(EMPTY_JAR, emptyJar())
    const request = { ...interruptCall(flinkJobId), jobId: newFlinkJobId(), flinkConfiguration: {} }
    await flink.runJar(jarId, request, AbortSignal.timeout(INTERRUPT_MS))
    return true
  } catch (error) {
    if (!(error instanceof FlinkRestError)) throw error
    // No job comes of it, which Flink calls an error.
    return error.kind === 'REFUSED'
  }
}
