import { expect, test } from 'vitest'

import { isMainFailure, refusal, rootCause } from './failures.ts'
import { FlinkRestError } from './rest.ts'

const mainThrew = [
  'org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.',
  '\tat org.apache.flink.runtime.webmonitor.handlers.JarRunHandler.lambda$handleRequest$1(JarRunHandler.java:113)',
  'Caused by: java.util.concurrent.CompletionException: org.apache.flink.util.FlinkRuntimeException: Could not ' +
    'execute application.',
  '\tat java.base/java.util.concurrent.CompletableFuture.encodeThrowable(CompletableFuture.java:314)',
  '\t... 1 more',
  'Caused by: org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: boom',
  '\tat org.apache.flink.client.program.PackagedProgram.callMainMethod(PackagedProgram.java:372)',
  '\t... 7 more',
  'Caused by: java.lang.IllegalStateException: boom',
  '\tat dev.weir.jobs.Throws.main(Throws.java:8)',
  '\tSuppressed: java.io.IOException: on the way out',
  '\t\tat dev.weir.jobs.Throws.close(Throws.java:9)',
  '\tCaused by: java.io.IOException: of the suppressed one',
  '\t... 13 more',
  '',
].join('\n')

const onServerSide = [
  'Internal server error.',
  [
    '<Exception on server side:',
    'java.util.concurrent.CompletionException: org.apache.flink.client.program.ProgramInvocationException: No ' +
      'entry was found.',
    '\tat org.apache.flink.runtime.webmonitor.handlers.utils.JarHandlerUtils$JarHandlerContext' +
      '.toPackagedProgram(JarHandlerUtils.java:203)',
    'Caused by: org.apache.flink.client.program.ProgramInvocationException: No entry was found.',
    '\tat org.apache.flink.client.program.PackagedProgram.getEntryPointClassNameFromJar(PackagedProgram.java:491)',
    '\t... 6 more',
    '',
    'End of exception on server side>',
  ].join('\n'),
]

const executing = (cause: string) =>
  [
    'org.apache.flink.runtime.rest.handler.RestHandlerException: Could not execute application.',
    'Caused by: org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: ' +
      "Failed to execute job 'x'.",
    "Caused by: org.apache.flink.util.FlinkException: Failed to execute job 'x'.",
    `Caused by: ${cause}`,
  ].join('\n')

test('the root cause is the last one, without frames and without suppressed exceptions', () => {
  expect(rootCause(mainThrew)).toBe('java.lang.IllegalStateException: boom')
})

test('wrappers around the root cause are removed', () => {
  expect(
    rootCause('java.util.concurrent.CompletionException: java.lang.IllegalStateException: boom\n\tat a.B.c(B.java:1)'),
  ).toBe('java.lang.IllegalStateException: boom')
  expect(
    rootCause(
      'org.apache.flink.runtime.rest.handler.RestHandlerException: No jobs included in application.\n\tat ' +
        'a.B.c(B.java:1)',
    ),
  ).toBe('No jobs included in application.')
  expect(rootCause('org.apache.flink.util.SerializedThrowable: java.lang.Error: far away\n\tat a.B.c(B.java:1)')).toBe(
    'java.lang.Error: far away',
  )
  expect(rootCause(onServerSide.join('\n'))).toBe(
    'org.apache.flink.client.program.ProgramInvocationException: No entry was found.',
  )
})

test('a message of several lines is told whole, in one line', () => {
  expect(
    rootCause(
      'a.B: outer\n\tat a.B.c(B.java:1)\nCaused by: java.lang.Error: first\n  second\nthird\n\tat a.B.c(B.java:2)',
    ),
  ).toBe('java.lang.Error: first second third')
})

test('a cause too terse to help is passed over for what it caused', () => {
  const stack =
    "java.lang.IllegalArgumentException: Could not parse value 'abc' for key 'parallelism.default'.\n\tat " +
    'a.B.c(B.java:1)\n' +
    'Caused by: java.lang.NumberFormatException: For input string: "abc"\n\t... 11 more\n'
  expect(rootCause(stack)).toBe(
    "java.lang.IllegalArgumentException: Could not parse value 'abc' for key 'parallelism.default'.",
  )
  expect(rootCause('java.lang.NumberFormatException: null\n\tat a.B.c(B.java:1)')).toBe(
    'java.lang.NumberFormatException: null',
  )
})

test('an exception without words is told without a colon that points at nothing', () => {
  for (const words of ['', ' ', ': '])
    expect(rootCause(`java.lang.RuntimeException: x\n\tat a.B.c(B.java:1)\nCaused by: a.Bare: ${words}\n`)).toBe(
      'a.Bare',
    )
})

test('text that is no stack trace is told as it is, and never without end', () => {
  expect(rootCause('Service temporarily unavailable')).toBe('Service temporarily unavailable')
  expect(rootCause('')).toBe('')
  expect(rootCause('x'.repeat(100_000)).length).toBeLessThan(2100)
})

test('only what came out of the program is a failure of main()', () => {
  const refused = (...errors: string[]) => refusal('POST /jars/ID/run', 400, errors, '')
  expect(isMainFailure(refused(mainThrew))).toBe(true)
  expect(isMainFailure(refused(...onServerSide))).toBe(true)
  expect(
    isMainFailure(
      refused('org.apache.flink.runtime.rest.handler.RestHandlerException: No jobs included in application.'),
    ),
  ).toBe(true)
  expect(isMainFailure(refused(executing('java.io.FileNotFoundException: Cannot find checkpoint')))).toBe(true)
  expect(
    isMainFailure(refused(executing('org.apache.flink.runtime.client.DuplicateJobSubmissionException: Already.'))),
  ).toBe(false)
  expect(isMainFailure(refused(executing('akka.pattern.AskTimeoutException: Ask timed out after [10000 ms]')))).toBe(
    false,
  )
  expect(
    isMainFailure(refused(executing('java.util.concurrent.TimeoutException: Invocation of submitJob timed out.'))),
  ).toBe(false)
  expect(isMainFailure(refused('Not found: /jars/upload'))).toBe(false)
  expect(isMainFailure(new FlinkRestError('UNREACHABLE', 'reset'))).toBe(false)
  expect(isMainFailure(new Error('ProgramInvocationException'))).toBe(false)
})

test('an exception that was too large for Flink to pass on is told as such', () => {
  const stack =
    'org.apache.flink.util.FlinkException: Execution 8ece_cbc3_0_6 is unexpectedly no longer running on task ' +
    'executor tm-4.\n\tat org.apache.flink.runtime.jobmaster.JobMaster$1.onMissingDeploymentsOf(JobMaster.java:265)'
  expect(rootCause(stack)).toMatch(/^Execution 8ece_cbc3_0_6 is unexpectedly .* task executor tm-4: .*framesize/)
})
