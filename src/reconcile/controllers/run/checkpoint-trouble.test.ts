import { expect, test } from 'vitest'
import * as any from '../../../../tests/support/arbitraries.ts'
import type { JobAttempt } from '../../../domain/cluster.ts'
import { runStatus } from '../../../domain/run/status.ts'
import type { FlinkCheckpoints } from '../../../flink/rest.ts'
import { checkpointTrouble } from './checkpoint-trouble.ts'
import { newRunTracking } from './tracking.ts'

const attempt = { n: 1, checkpointFolder: 'file:///full' } as JobAttempt
const done = (id: number, at: number) => ({ id, completedAt: at })

/** What one observation after the other makes of what Flink counts, a second apart. */
async function observed(...answers: FlinkCheckpoints[]) {
  const tracking = newRunTracking()
  const runtime = { diskTrouble: async (folder: string) => `The disk of ${folder} is full` }
  let now = 1000
  const found = []
  for (const answer of answers) {
    found.push(await checkpointTrouble(attempt, answer, { runtime, now, tracking }))
    now += 1000
  }
  return found
}

test('a failure after the latest checkpoint is told in the words of Flink, with the disk, until one is completed', async () => {
  const latestFailed = { at: 900, message: 'Failure to finalize checkpoint.' }
  const trouble = { since: 900, said: latestFailed.message, disk: 'The disk of file:///full is full', last: 3 }
  expect(
    await observed(
      { completed: 3, failed: 0, latest: done(3, 800) },
      { completed: 3, failed: 1, latest: done(3, 800), latestFailed },
      { completed: 3, failed: 9, latest: done(3, 800), latestFailed },
      { completed: 4, failed: 9, latest: done(13, 3500), latestFailed },
    ),
  ).toEqual([undefined, trouble, trouble, undefined])
})

test('those that fail while they begin, of which Flink keeps a count alone, are told as well', async () => {
  const latest = done(3, 800)
  expect(
    await observed(
      { completed: 3, failed: 2, latest },
      { completed: 3, failed: 2, latest },
      { completed: 3, failed: 3, latest },
      { completed: 3, failed: 4, latest },
    ),
  ).toMatchObject([undefined, undefined, { since: 3000 }, { since: 3000 }])
  expect(await observed({ completed: 0, failed: 1 })).toMatchObject([{ since: 1000 }])
})

test('status.warnings says it, with where a restart begins', () => {
  const { status } = runStatus({
    ...any.runInput(),
    checkpointTrouble: { since: 0, said: 'Failure to finalize checkpoint.', disk: 'The disk of /x is full', last: 3 },
  })
  expect(status.warnings).toEqual([
    'Checkpoints fail since 1970-01-01T00:00:00.000Z. Flink says: Failure to finalize checkpoint. ' +
      'The disk of /x is full. A restart goes back to checkpoint 3.',
  ])
})
