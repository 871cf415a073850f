import { describe, expect, test } from 'vitest'
import { interruptCall, runnerAnswer, runnerCall, runnerCalls } from './runner.ts'

const thrown = (text: string): string[] => [
  'Internal server error.',
  `org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: ${text}
\tat org.apache.flink.client.program.PackagedProgram.callMainMethod(PackagedProgram.java:373)
Caused by: ${text}
\tat dev.weir.runner.Runner.main(Runner.java:30)`,
]

describe('how the runner is asked', () => {
  test("main()'s arguments stand behind --, whatever they look like", () => {
    const job = { args: ['--id', 'x', '--', ''], entryClass: 'com.example.Job', mainTimeout: '2 min' }
    expect(runnerCall(job, 'f1').args).toEqual([
      '--id',
      'f1',
      '--class',
      'com.example.Job',
      '--timeout',
      '120000',
      '--',
      '--id',
      'x',
      '--',
      '',
    ])
    expect(runnerCall({ args: [] }, 'f1').args).toEqual(['--id', 'f1', '--'])
    expect(interruptCall('f1').args).toEqual(['--id', 'f1', '--interrupt', '--'])
  })

  test('it is left out where the job says so, for Python, and where the cluster does not have it', () => {
    const there = { runner: true as const }
    expect(runnerCalls({ args: [] }, there)).toBe(true)
    expect(runnerCalls({ args: [], runner: 'ON' }, there)).toBe(true)
    expect(runnerCalls({ args: [], runner: 'OFF' }, there)).toBe(false)
    expect(runnerCalls({ args: [], entryClass: 'org.apache.flink.client.python.PythonDriver' }, there)).toBe(false)
    expect(runnerCalls({ args: [] }, {})).toBe(false)
  })
})

describe('what its answers mean', () => {
  test('several jobs are told by their names', () => {
    const text =
      'dev.weir.runner.SeveralJobsException: main() may start one job, but it asked for 2.; jobs: ' +
      '[{"name":"a; jobs: [","jobId":"1","state":"CANCELED"},{"name":"b","state":"REFUSED"}]'
    expect(runnerAnswer(thrown(text))).toEqual({
      kind: 'SEVERAL_JOBS',
      message: 'main() may start one job, but it asked for 2. Its jobs: "a; jobs: [", "b"',
    })
  })

  test('a deadline, an interrupt and a class that is not there are told in its words', () => {
    const answer = (exception: string) => runnerAnswer(thrown(`dev.weir.runner.${exception}: so it was; jobs: []`))
    expect(answer('MainTimeoutException')).toEqual({ kind: 'MAIN_TIMEOUT', message: 'so it was' })
    expect(answer('MainInterruptedException')).toEqual({ kind: 'MAIN_INTERRUPTED', message: 'so it was' })
    expect(runnerAnswer(thrown('dev.weir.runner.EntryClassException: no class x.Y'))).toEqual({
      kind: 'ENTRY_CLASS',
      message: 'no class x.Y',
    })
  })

  test('a main() that was called before and has returned is no failure', () => {
    expect(runnerAnswer(['dev.weir.runner.AlreadyRan: RETURNED; jobs: []'])).toEqual({ kind: 'RETURNED' })
  })

  test("main()'s own failure is none of its answers", () => {
    expect(runnerAnswer(thrown('java.lang.IllegalStateException: no'))).toBeUndefined()
    expect(runnerAnswer(thrown('java.lang.ClassNotFoundException: com.example.Runner'))).toBeUndefined()
  })
})
