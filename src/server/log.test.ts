import { expect, test } from 'vitest'
import { createLog } from './log.ts'

test('specifications, whose configuration holds secrets, are masked wherever they are logged along', () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line: string) => void lines.push(line) })
  const spec = { flinkConfiguration: { 's3.secret-key': 'a-secret' } }
  for (const data of [{ resource: 'R', spec }, { session: { id: 'R', spec } }, spec, { effective: spec }])
    log.warn(data, 'it failed')
  expect(lines).toHaveLength(4)
  expect(lines.join('')).not.toContain('a-secret')
  expect(lines[0]).toContain('"resource":"R"')
})

test('what callers sent reaches no terminal as anything but text', () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line: string) => void lines.push(line) })
  log.warn({ path: '/\u009b2J' }, 'asked by \u007f\u202e')
  // eslint-disable-next-line no-control-regex
  expect(lines[0]).toMatch(/^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]+$/)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ path: '/\u009b2J', msg: 'asked by \u007f\u202e' })
})
