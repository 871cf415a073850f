/**
 * What `npm test` runs, from a fresh clone on: gets what the tests need (Flink distributions, while the suites that
 * need none already run), checks types, then runs every suite; those with S3 and with Kubernetes only where variables
 * name a server, or a cluster and namespaces for tests. Ends in one line, `N passed, N failed`, over all of them (a
 * failed type check or set-up counts as a failure), and in exit code 0 only if nothing failed. Arguments go to vitest:
 * `npm test -- src/store` runs what matches.
 */
import { openDistributions } from '../src/server/distributions.ts'
import { postgresPrograms } from '../tests/support/postgres-programs.ts'
import { s3Suite } from './s3-suite.ts'
import { type Counts, check, ONE_FAILURE, say, suite, summed } from './suites.ts'

/** What the tests with real Flink run on: the oldest, the last of 1.x, the newest. */
const RUNTIMES = ['FLINK_1_17', 'FLINK_1_20', 'FLINK_2_3']
/** Arguments may name files of one suite alone. */
const MAY_BE_EMPTY = '--passWithNoTests'

async function checked(): Promise<Counts> {
  return (await check())
    ? { passed: 0, failed: 0, skipped: 0 }
    : { ...ONE_FAILURE, failures: ['types, format or lint'] }
}

/** The distributions, ahead of the suite that would get them by itself; undefined when all are there, else why not. */
async function setUpFlink(signal: AbortSignal): Promise<string | undefined> {
  const { catalogue, distributions } = openDistributions()
  try {
    for (const { runtime, version } of catalogue.filter((entry) => RUNTIMES.includes(entry.runtime))) {
      if (await distributions.find(version)) continue
      say(`installing Flink ${version}`)
      const begun = performance.now()
      const { source } = await distributions.install(version, undefined, signal)
      say(
        `Flink ${version} is installed for ${runtime} (${source}, ${((performance.now() - begun) / 1000).toFixed(0)} s)`,
      )
    }
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Ahead of the suites, so that a download is no test's wait. */
async function setUpPostgres(): Promise<void> {
  try {
    const bin = await postgresPrograms()
    say(`PostgreSQL: ${bin}`)
  } catch (error) {
    say(`The database tests will fail. ${(error as Error).message}`)
  }
}

async function flinkSuite(missing: string | undefined): Promise<Counts> {
  if (missing === undefined) return suite(['flink'], MAY_BE_EMPTY)
  say(`The tests with Flink cannot run: ${missing}`)
  return ONE_FAILURE
}

async function s3SuiteIfGiven(signal: AbortSignal): Promise<Counts[]> {
  if (process.env['WEIR_TEST_S3']) return [await s3Suite(MAY_BE_EMPTY)]
  if (!signal.aborted) {
    say(
      'Not run: the tests with a real S3 server. `npm run test:s3` runs them and says what it lacks; with WEIR_TEST_S3 set,\n' +
        '`npm test` includes them.',
    )
  }
  return []
}

/** Never by KUBECONFIG alone, which on many machines leads to a cluster that people work with. */
async function kubernetesSuiteIfGiven(signal: AbortSignal): Promise<Counts[]> {
  if (process.env['KUBECONFIG'] && process.env['WEIR_TEST_NAMESPACES']) {
    // Loaded only now: it takes much of the source, and what is broken there is for the other suites to tell.
    const { kubernetesSuite } = await import('./kubernetes-suite.ts')
    return [await kubernetesSuite(MAY_BE_EMPTY)]
  }
  if (!signal.aborted) {
    say(
      'Not run: the tests on a real Kubernetes, which need a cluster. `npm run test:kubernetes` runs them and says what it lacks;\n' +
        'with both KUBECONFIG and WEIR_TEST_NAMESPACES set, `npm test` includes them. docs/guides/kubernetes.md: a cluster for tests.',
    )
  }
  return []
}

process.exitCode = await summed(async (signal) => {
  const [flinkReady, postgresReady] = [setUpFlink(signal), setUpPostgres()]
  const types = await checked()
  await postgresReady
  return [
    types,
    // Three on two cores: many of these tests wait for processes of their own.
    await suite(['fast', 'process', 'database'], '--maxWorkers=3', MAY_BE_EMPTY),
    await flinkSuite(await flinkReady),
    ...(await s3SuiteIfGiven(signal)),
    ...(await kubernetesSuiteIfGiven(signal)),
  ]
})
