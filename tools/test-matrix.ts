/**
 * What `npm run test:matrix` runs: the main path and a start from a savepoint on every Flink version, and what `npm
 * test` shows on one version on the others too, one file at a time; WEIR_TEST_RUNTIMES names fewer, for both. Gets the
 * distributions that are missing, some 300 MB each. Ends in `N passed, N failed`. Arguments go to vitest.
 */
import { suite, summed } from './suites.ts'

process.exitCode = await summed(async () => [await suite(['matrix'])])
