import { describe, expect, test } from 'vitest'
import type { FlinkJobDetail } from '../../../flink/rest.ts'
import { mayHaveSaved } from './observe.ts'

const vertex = (tasks: Record<string, number>) => ({ id: 'v', name: 'v', parallelism: 2, status: 'RUNNING', tasks })
const detail = (state: string, vertices: FlinkJobDetail['vertices'], jobType = 'STREAMING'): FlinkJobDetail => ({
  id: 'j',
  name: 'j',
  state,
  jobType,
  startedAt: 0,
  vertices,
})

describe('checkpoints are asked for only where Flink knows of some', () => {
  test.each([
    ['it has not begun', detail('INITIALIZING', []), false],
    ['it was canceled before it began', detail('CANCELED', []), false],
    ['it failed before it began', detail('FAILED', []), false],
    ['subtasks are still being deployed', detail('RUNNING', [vertex({ RUNNING: 1, DEPLOYING: 1 })]), false],
    ['it is a batch job', detail('FINISHED', [vertex({ FINISHED: 2 })], 'BATCH'), false],
    ['all subtasks run', detail('RUNNING', [vertex({ RUNNING: 2 })]), true],
    ['some have finished', detail('RUNNING', [vertex({ RUNNING: 1, FINISHED: 1 })]), true],
    ['it was canceled', detail('CANCELED', [vertex({ CANCELED: 2 })]), true],
  ])('%s', (_what, job, asked) => expect(mayHaveSaved(job)).toBe(asked))
})
