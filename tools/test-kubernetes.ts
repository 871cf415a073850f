/**
 * What `npm run test:kubernetes` runs: the tests on a real Kubernetes, after a look at whether all that they need is
 * there. Ends in `N passed, N failed`. Arguments go to vitest: `npm run test:kubernetes --
 * src/runtimes/kubernetes/client`.
 */
import { kubernetesSuite } from './kubernetes-suite.ts'
import { summed } from './suites.ts'

process.exitCode = await summed(async () => [await kubernetesSuite()])
