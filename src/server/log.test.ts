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
