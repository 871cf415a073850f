import { expect, test } from 'vitest'
import { logOutput } from './log-output.ts'

const failing = (code: string): never => {
  throw Object.assign(new Error(code), { code })
}

/** An output with so many bytes of room, and what is in it. */
function output(code = 'ENOSPC') {
  const at = { room: Infinity, text: '', tries: 0 }
  const log = logOutput((bytes) => {
    at.tries += 1
    if (at.room === 0) failing(code)
    const some = bytes.subarray(0, at.room)
    at.room -= some.length
    at.text += String(some)
    return some.length
  })
  return { at, log }
}

test('a log whose disk is full ends nobody, and says later how much of it is lost', () => {
  const { at, log } = output()
  log.write('one\n')
  at.room = 2
  for (const line of ['two\n', 'three\n', 'four\n']) log.write(line)
  at.room = Infinity
  log.write('five\n')
  log.write('six\n')
  const lines = at.text.split('\n')
  expect([lines[0], lines[1], ...lines.slice(3)]).toEqual(['one', 'tw', 'five', 'six', ''])
  expect(JSON.parse(lines[2] ?? '')).toMatchObject({ level: 'warn', msg: expect.stringMatching(/^3 line/) })
})

test('a reader that takes nothing is waited for once, not at every line', () => {
  const { at, log } = output('EAGAIN')
  at.room = 0
  log.write('one\n')
  const patient = at.tries
  for (let n = 0; n < 100; n += 1) log.write('more\n')
  expect([patient > 10, at.tries - patient]).toEqual([true, 100])
})
