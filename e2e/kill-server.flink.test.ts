/**
 * `kill -9` of the server at every named step of the cycle, with real Flink: while things come up, and while they go.
 * Each time the next server over the same data folder goes on with what was begun: in the end one cluster, one Flink
 * job, and then nothing. That each death by itself is made up for is shown by `src/reconcile/crashes.test.ts`, without
 * Flink. A generation begins only once, so each of the three steps of that is in another chain. The rest is in
 * `kill-server-launch.flink.test.ts`, so that they run side by side.
 */
import { test } from 'vitest'
import { killedAtEach } from './support/killed-server.ts'

test('a server killed at each step before a launch, and at each of a cycle over a job that goes, loses nothing and doubles nothing', () =>
  killedAtEach(
    [
      'session/loaded',
      'session/observed',
      'session/persisted',
      'session/validated',
      'session/planned',
      'session/intended:BEGIN',
    ],
    ['job/loaded', 'job/observed', 'job/persisted', 'job/planned', 'session/intended:END_FOR_DELETION'],
  ))
