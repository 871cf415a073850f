/** What keeps CI short: docs/decisions/ci-time.md. */
import { expect, test } from 'vitest'
import { isTest, read, repositoryFiles } from './files.ts'

const tests = repositoryFiles().filter(isTest)

test('a real test is run on several versions only in a file of its own name, whose first version is the one of npm test', () => {
  const real = tests.filter((path) => /\.(flink|s3|kubernetes)\.test\.ts$/.test(path))
  expect(real.filter((path) => /\.each\(\[?\s*'?FLINK_|runtimesOf\(|TESTED_RUNTIMES/.test(read(path)))).toEqual([])
  const versions = tests.filter((path) => path.endsWith('.versions.test.ts'))
  expect(versions.filter((path) => !read(path).includes('runtimesOf('))).toEqual([])
})

test('each of them is told in the decision, with what it shows here and what was moved', () => {
  const reported = read('docs/decisions/ci-time.md')
  expect(tests.filter((path) => path.endsWith('.versions.test.ts') && !reported.includes(`\`${path}\``))).toEqual([])
})
