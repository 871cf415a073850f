/**
 * `kill -9` of the server at every named step of the cycle, with real Flink: at one while things come up, at another
 * while they go. Each time the next server over the same data folder finishes what was begun: one cluster, one Flink job,
 * and at the end nothing. Here from the launch of a JobManager on; the steps before are in `kill-server.flink.test.ts`.
 */
import { test } from 'vitest'
import { killedAtBoth } from './support/killed-server.ts'

/** [while it comes up, while it goes] */
const STEPS = [
  ['local/intended:jobmanager', 'job/planned'],
  ['local/spawned:jobmanager', 'job/intended:CANCEL'],
  ['local/intended:taskmanager', 'job/acted:CANCEL'],
  ['local/spawned:taskmanager', 'job/intended:FINISH_DELETION'],
  ['job/intended:SUBMIT', 'job/acted:FINISH_DELETION'],
  ['submission/uploaded', 'local/asked:jobmanager'],
  ['submission/answered', 'session/loaded'],
] as const

test.each(STEPS)('a server killed at %s and at %s loses nothing and doubles nothing', killedAtBoth)
