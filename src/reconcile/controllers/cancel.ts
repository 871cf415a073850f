/** Cancels a job in Flink, for which its JobManager must still be there. */
import { type FlinkRest, FlinkRestError } from '../../flink/rest.ts'

/**
 * False where Flink can't be asked: a JobManager that ends at this moment, in a forced deletion for one, is no error.
 * The next observation tells whether there is anything left to cancel.
 */
export async function cancelJob(flink: FlinkRest, flinkJobId: string): Promise<boolean> {
  try {
    await flink.cancel(flinkJobId)
    return true
  } catch (error) {
    if (error instanceof FlinkRestError && error.kind === 'UNREACHABLE') return false
    throw error
  }
}
