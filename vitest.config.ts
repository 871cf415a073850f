/**
 * Six suites. `fast`: neither Flink nor PostgreSQL nor many processes, in seconds. `process`: without those two as well,
 * but whole commands, crashes and installations, which take longer. `database`: a PostgreSQL server that the tests start.
 * `flink`: real Flink JVMs; two files at a time, since each takes gigabytes. `kubernetes`: whichever cluster KUBECONFIG
 * names, with the Flink operator in it (npm run test:kubernetes); one file at a time, since clusters of tests are small.
 * `matrix`: real Flink of every version (npm run test:matrix), one after the other.
 */
import { defineConfig } from 'vitest/config'

const PROCESS = [
  'tests/cli/**',
  'tests/bootstrap.test.ts',
  'src/reconcile/crashes.test.ts',
  'src/flink/distributions/installers.test.ts',
  'src/**/*.process.test.ts',
]
const ELSEWHERE = ['db', 'flink', 's3', 'kubernetes', 'matrix']
  .map((suite) => `**/*.${suite}.test.ts`)
  .concat('**/node_modules/**')

export default defineConfig({
  test: {
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
          include: ['src/**/*.flink.test.ts', 'e2e/**/*.flink.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          globalSetup: ['e2e/support/setup.ts'],
          maxWorkers: 2,
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
          include: ['e2e/**/*.matrix.test.ts'],
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
          maxWorkers: 1,
        },
      },
    ],
  },
})
