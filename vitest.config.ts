/**
 * Three suites. `fast`: no Flink, no PostgreSQL, seconds. `database`: a PostgreSQL server that the tests start.
 * `flink`: real Flink JVMs; few at a time, since each takes about a gigabyte.
 */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ['**/*.db.test.ts', '**/*.flink.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
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
    ],
  },
})
