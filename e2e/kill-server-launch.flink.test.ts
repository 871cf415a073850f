/** The steps from the launch of a JobManager on: see `kill-server.flink.test.ts`. */
import { test } from 'vitest'
import { killedAtEach } from './support/killed-server.ts'

test('a server killed at each step of a launch, and at each of the deletion of a job, loses nothing and doubles nothing', () =>
  killedAtEach(
    [
      'session/acted:BEGIN',
      'local/intended:jobmanager',
      'local/spawned:jobmanager',
      'local/intended:taskmanager',
      'local/spawned:taskmanager',
    ],
    ['job/intended:CANCEL', 'job/acted:CANCEL', 'job/intended:FINISH_DELETION', 'job/acted:FINISH_DELETION'],
  ))

test('a server killed at each step of a submission, and at each of the removal of a cluster, loses nothing and doubles nothing', () =>
  killedAtEach(
    ['session/settled:BEGIN', 'job/intended:SUBMIT', 'submission/uploaded', 'submission/answered'],
    [
      'session/loaded',
      'local/asked:jobmanager',
      'session/acted:REMOVE',
      'session/settled:REMOVE',
      'session/intended:FINISH_DELETION',
      'session/acted:FINISH_DELETION',
    ],
  ))
