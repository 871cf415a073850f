/**
 * What `npm run test:s3` runs: the tests with a real S3 server, which WEIR_TEST_S3 names. Ends in `N passed, N failed`.
 * Arguments go to vitest.
 */
import { s3Suite } from './s3-suite.ts'
import { summed } from './suites.ts'

process.exitCode = await summed(async () => [await s3Suite()])
