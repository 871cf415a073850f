import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = (code: string) =>
  promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code]).then(
    () => ({ code: 0, stderr: '' }),
    (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
  )

const MODULE = new URL('./defects.ts', import.meta.url).href

test.each([
  ['a rejection that nobody handles', `Promise.reject(new Error('lost'))`],
  ['an exception that nobody catches', `setImmediate(() => { throw new Error('lost') })`],
])('%s ends the server with one line that says so', async (_what, defect) => {
  const { code, stderr } = await run(
    `import { endOnDefects } from '${MODULE}'\nendOnDefects('info')\nsetInterval(() => {}, 1000)\n${defect}`,
  )
  expect(code).toBe(1)
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'fatal', err: { message: 'lost' } }])
})
