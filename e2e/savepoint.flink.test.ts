/** The short form of runtimes.matrix.test.ts, on one version. */
import { test } from 'vitest'
import { stopAndGoOn } from './support/go-on.ts'
import { createSession, removeSession, sessionSpec } from './support/scenario.ts'
import { startWeir, testFolder } from './support/weir.ts'

test('a job that is stopped with a savepoint from outside is FINISHED, and another one goes on from it, exactly', async () => {
  const weir = await startWeir()
  const id = await createSession(weir, sessionSpec('FLINK_1_20'))
  await stopAndGoOn(weir, id, `file://${testFolder()}`)
  await removeSession(weir, id)
})
