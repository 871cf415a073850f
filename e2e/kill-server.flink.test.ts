/**
 * `kill -9` of the server at every named step of the cycle, with real Flink: at one while things come up, at another
 * while they go. Each time the next server over the same data folder finishes what was begun: one cluster, one Flink job,
 * and at the end nothing. The rest is in `kill-server-launch.flink.test.ts`, so that they run side by side.
 */
import { test } from 'vitest'
import { killedAtBoth } from './support/killed-server.ts'

/** [while it comes up, while it goes] */
const STEPS = [
  ['session/loaded', 'session/intended:END_FOR_DELETION'],
  ['session/observed', 'session/acted:REMOVE'],
  ['session/persisted', 'session/settled:REMOVE'],
  ['session/validated', 'session/intended:FINISH_DELETION'],
  ['session/planned', 'session/acted:FINISH_DELETION'],
  ['session/intended:BEGIN', 'job/loaded'],
  ['session/acted:BEGIN', 'job/observed'],
  ['session/settled:BEGIN', 'job/persisted'],
] as const

test.each(STEPS)('a server killed at %s and at %s loses nothing and doubles nothing', killedAtBoth)
