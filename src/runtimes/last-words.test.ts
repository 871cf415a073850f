import { expect, test } from 'vitest'

import { lastWords, startFailure } from './last-words.ts'

const nothing = { log: '', out: '', err: '' }
const exit1 = { code: 1, reason: 'exited with code 1' }

test("the JVM's own complaint comes before its epilogue", () => {
  const err =
    "Unrecognized VM option 'UseNonsense'\nError: Could not create the Java Virtual Machine.\n" +
    'Error: A fatal exception has occurred. Program will exit.\n'
  const words = lastWords({ ...nothing, err })
  expect(words).toBe("Unrecognized VM option 'UseNonsense'")
  expect(startFailure('jobmanager', exit1, words)).toMatchObject({ code: 'FLINK_START_FAILED', retryable: false })
  expect(startFailure('jobmanager', exit1, words).message).toContain('env.java.opts')
})

test('a heap that the machine cannot give is a lack of memory', () => {
  const out = 'Error occurred during initialization of VM\nCould not reserve enough space for 104857600KB object heap\n'
  expect(startFailure('jobmanager', exit1, lastWords({ ...nothing, out }))).toMatchObject({
    code: 'MEMORY_SHORT',
    retryable: true,
  })
})

const LOG =
  `2026-01-01 10:00:00,000 INFO  org.apache.flink.runtime.entrypoint.ClusterEntrypoint        [] - Starting
2026-01-01 10:00:01,000 ERROR org.apache.flink.runtime.entrypoint.ClusterEntrypoint        [] - Could not start ` +
  `cluster entrypoint.
org.apache.flink.runtime.entrypoint.ClusterEntrypointException: Failed to initialize the cluster entrypoint ` +
  `StandaloneSessionClusterEntrypoint.
\tat org.apache.flink.runtime.entrypoint.ClusterEntrypoint.startCluster(ClusterEntrypoint.java:255) ` +
  `~[flink-dist-1.17.1.jar:1.17.1]
Caused by: org.apache.flink.util.FlinkException: Could not create the DispatcherResourceManagerComponent.
\tat org.apache.flink.Foo.bar(Foo.java:1) ~[?:?]
Caused by: java.net.BindException: Could not start rest endpoint on any port in port range 8081
\t... 2 more
`

test('of an error in the log the deepest cause is told', () => {
  const words = lastWords({ ...nothing, log: LOG })
  expect(words).toBe('BindException: Could not start rest endpoint on any port in port range 8081')
  expect(startFailure('jobmanager', exit1, words)).toMatchObject({ code: 'PORT_TAKEN', retryable: true })
})

test('a full disk is told apart', () => {
  const err = 'Exception in thread "main" java.io.IOException: No space left on device\n\tat x.Y.z(Y.java:1)\n'
  expect(startFailure('jobmanager', exit1, lastWords({ ...nothing, err })).code).toBe('DISK_FULL')
})

test('an option that Flink cannot read is not tried again', () => {
  const log = LOG.replace(
    /Caused by: java.net.*/,
    "Caused by: java.lang.IllegalArgumentException: Could not parse value 'soon' for key 'heartbeat.interval'.",
  )
  const failure = startFailure('jobmanager', exit1, lastWords({ ...nothing, log }))
  expect(failure).toMatchObject({ code: 'FLINK_START_FAILED', retryable: false })
  expect(failure.message).toContain("Could not parse value 'soon' for key 'heartbeat.interval'")
})

test('a kill from outside is tried again', () => {
  expect(startFailure('jobmanager', { signal: 'SIGKILL', reason: 'was killed by SIGKILL' }, undefined).retryable).toBe(
    true,
  )
})

test('a log without errors has no last words', () => {
  expect(lastWords({ ...nothing, log: LOG.split('\n')[0]!, err: 'WARNING: something deprecated\n' })).toBeUndefined()
})

test('an error without words ends without a colon', () => {
  expect(lastWords({ log: '', out: '', err: 'Exception in thread "main" java.lang.IllegalStateException: \n' })).toBe(
    'IllegalStateException',
  )
})
