/**
 * From the submission of a job to "every subtask RUNNING" in a session that is up: through Weir's API and through
 * Flink's.
 */
import { restClient } from '../src/flink/client.ts'
import { emptyJar } from '../src/flink/jar.ts'
import { runOnce } from './by-hand.ts'
import { cancelAndWait, untilAllRunning } from './flink.ts'
import type { Setting } from './setting.ts'
import { jobBody, remove, type WeirServer, type WeirSession } from './weir.ts'

export interface WarmSubmits {
  weir: number[]
  bare: number[]
}

/** `session` has its first job running; that one is ended before, so that the slots are free. */
export async function measureWarmSubmits(
  server: WeirServer,
  session: WeirSession,
  setting: Setting,
  rounds: number,
): Promise<WarmSubmits> {
  const { endpoint, path } = session
  const known: string[] = [await untilAllRunning(endpoint)]
  await remove(server, session.jobPath)
  const flink = restClient(endpoint)
  const jar = await flink.uploadJar('weir-empty.jar', emptyJar())
  const weir: number[] = []
  const bare: number[] = []
  // The first of each warms up classes that the later ones find loaded; it isn't counted.
  for (let round = 0; round <= rounds; round++) {
    const viaWeir = await timed(async () => {
      const { id } = (await server.api('POST', `${path}/jobs`, jobBody(setting, `warm ${round}`))) as { id: string }
      known.push(await untilAllRunning(endpoint, known))
      return `${path}/jobs/${id}`
    })
    await remove(server, viaWeir.answer)
    const viaFlink = await timed(async () => {
      const jobId = await runOnce(flink, jar, setting.entryClass, setting.args)
      known.push(await untilAllRunning(endpoint, known))
      return jobId
    })
    await cancelAndWait(endpoint, viaFlink.answer)
    if (round === 0) continue
    weir.push(viaWeir.seconds)
    bare.push(viaFlink.seconds)
  }
  return { weir, bare }
}

async function timed<T>(work: () => Promise<T>): Promise<{ answer: T; seconds: number }> {
  const started = performance.now()
  const answer = await work()
  return { answer, seconds: (performance.now() - started) / 1000 }
}
