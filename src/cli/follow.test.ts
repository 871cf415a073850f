import { expect, test } from 'vitest'
import type { ProcessLog } from '../api/client/generated/types.gen.ts'
import { createFollower } from './follow.ts'

const logOf = (lines: string[], change: Partial<ProcessLog> = {}): ProcessLog => ({
  process: 'jobmanager',
  generation: 1,
  state: 'RUNNING',
  startedAt: '2026-01-05T08:00:00.000Z',
  lines,
  ...change,
})
const OUT = '--- standard output ---'
const ERR = '--- standard error ---'

/** What is told of one process whose last lines are these, one after the other. */
function linesOf(...windows: string[][]): string[][] {
  const follower = createFollower()
  return windows.map((lines) => follower.next([logOf(lines)]).flatMap((one) => one.lines))
}

test('each line is told once, also where the window has moved on', () => {
  expect(linesOf(['a', 'b'], ['a', 'b'], ['a', 'b', 'c'], ['c', 'd', 'e'], ['e', 'e'])).toEqual([
    ['a', 'b'],
    [],
    ['c'],
    ['d', 'e'],
    ['e'],
  ])
})

test('what is written beside the log is told under its title, and does not hide what is logged', () => {
  expect(linesOf(['a'], ['a', OUT, '1'], ['a', 'b', OUT, '1', '2'], ['b', OUT, '2', ERR, 'x'])).toEqual([
    ['a'],
    [OUT, '1'],
    ['b', OUT, '2'],
    [ERR, 'x'],
  ])
})

test('what can not be put together is told whole, and that something is missing', () => {
  const follower = createFollower()
  follower.next([logOf(['a', 'b'])])
  expect(follower.next([logOf(['x', 'y'])])).toMatchObject([{ gap: true, lines: ['x', 'y'] }])
})

test('a process that takes the place of another is followed from its first line', () => {
  const follower = createFollower()
  const dead = logOf(['a'], { state: 'EXITED' })
  follower.next([dead])
  const next = logOf(['a'], { generation: 2, startedAt: '2026-01-05T08:01:00.000Z' })
  expect(follower.next([next, dead])).toMatchObject([{ isNew: true, gap: false, lines: ['a'], log: { generation: 2 } }])
  expect(follower.next([next])).toEqual([])
})
