/**
 * Seven suites. `fast`: neither Flink nor PostgreSQL nor many processes, in seconds. `process`: without those two as
 * well, but whole commands, crashes and installations, which take longer. `database`: a PostgreSQL server that the
 * tests start. `flink`: real Flink JVMs; three files at a time, since each takes gigabytes. What several versions could
 * break is shown here on the one where it is hardest. `matrix`: that on the other versions too, and the main path on
 * every one (npm run test:matrix), one after the other. `s3`: with a real S3 server (npm run test:s3). `kubernetes`:
 * whichever cluster KUBECONFIG names, with the Flink operator in it (npm run test:kubernetes); two files at a time,
 * each in a namespace of its own.
 */
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const PROCESS = [
  'tests/cli/**',
  'tests/bootstrap.test.ts',
  'src/reconcile/crashes.test.ts',
  'src/flink/distributions/installers.test.ts',
  'src/**/*.process.test.ts',
]
const ELSEWHERE = ['db', 'flink', 'versions', 's3', 'kubernetes', 'matrix']
  .map((suite) => `**/*.${suite}.test.ts`)
  .concat('**/node_modules/**')

/**
 * What takes longest of its suite, longest first: begun last, it would run alone in the end. A new clone has no times
 * of its own yet.
 */
const LONGEST = [
  'side-by-side.flink',
  'random-kills.flink',
  'kill-server-launch.flink',
  'recovery.flink',
  'scaling.flink',
  'kill-server.flink',
  'recovery.versions',
  'cds.versions',
  'kubernetes.kubernetes',
  'conformance.kubernetes',
  'kubernetes-session-job.kubernetes',
  'store.db',
  'crashes',
  'fetch.process',
  'uploads.process',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
      return found === -1 ? LONGEST.length : found
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'fast',
          include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: [...ELSEWHERE, ...PROCESS],
          testTimeout: 60_000,
          maxWorkers: 3,
          // Each worker loads the modules once; no test changes what others see of them.
          isolate: false,
        },
      },
      {
        test: {
          name: 'process',
          include: PROCESS.map((path) => (path.endsWith('**') ? `${path}/*.test.ts` : path)),
          testTimeout: 60_000,
          // Some compile Java, beside Flink's downloads.
          hookTimeout: 120_000,
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'database',
          include: ['src/**/*.db.test.ts', 'e2e/**/*.db.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'flink',
          include: ['src/**/*.flink.test.ts', 'e2e/**/*.flink.test.ts', '{src,e2e}/**/*.versions.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          globalSetup: ['e2e/support/setup.ts'],
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 's3',
          include: ['src/**/*.s3.test.ts', 'e2e/**/*.s3.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          globalSetup: ['e2e/support/setup.ts'],
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'matrix',
          include: ['e2e/**/*.matrix.test.ts', '{src,e2e}/**/*.versions.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          globalSetup: ['e2e/support/setup-matrix.ts'],
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: 'kubernetes',
          include: ['src/**/*.kubernetes.test.ts', 'e2e/**/*.kubernetes.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          globalSetup: ['e2e/support/setup-kubernetes.ts'],
          // Each has a namespace of its own; most of the time they wait for the operator and for pods.
          maxWorkers: 2,
        },
      },
    ],
  },
})
