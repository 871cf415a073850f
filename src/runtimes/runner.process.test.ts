/** The runner as a process, without Flink. What it does in Flink is in `runner.versions.test.ts`. */
import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import { filesJar, runnerJar } from './helper-jars.ts'

/** The other jar has a main() that says how to use it, and ends with 2. */
const MAIN = 'dev.weir.files.Fetch'

async function run(...args: string[]): Promise<{ code: unknown; said: string }> {
  const classPath = `${await runnerJar()}:${await filesJar()}`
  return new Promise((done) => {
    execFile('java', ['-cp', classPath, 'dev.weir.runner.Runner', ...args], (error, _out, said) =>
      done({ code: error?.code ?? 0, said }),
    )
  })
}

test('where it can not hook in, main() runs by its own rules, and one line of the log says why', async () => {
  const { code, said } = await run('--id', 'a', '--class', MAIN, '--timeout', '60000', '--', 'x')
  expect(code).toBe(2)
  expect(said.trim().split('\n')).toEqual([
    expect.stringMatching(/The runner can't see what main\(\) does, .*\.ClassNotFoundException: org\.apache\.flink\./),
    expect.stringMatching(`usage: ${MAIN}`),
  ])
})

test.each([
  [['--clas', MAIN, '--'], "unknown option '--clas': options of the runner end at a --"],
  [['--timeout', '1s', '--'], "--timeout is '1s': it has to be a number of milliseconds above 0"],
  [['--id'], 'the option --id has no value'],
  [['--interrupt'], '--interrupt needs the --id of the main() that is meant'],
])('a bad option is named: %j', async (args, message) => {
  expect((await run(...args)).said).toContain(`IllegalArgumentException: ${message}`)
})
