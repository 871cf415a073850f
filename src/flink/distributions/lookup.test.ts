import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isInDistribution, resolveInDistribution } from './lookup.ts'
import { temporaryFolder, VERSION, writeHome } from './release.fixture.ts'

let folder: string
let home: string

beforeAll(async () => {
  folder = await temporaryFolder()
  home = join(folder, 'flink')
  await writeHome(home)
  await writeFile(join(home, 'opt', 'flink-s3-fs-hadoop-9.9.10.jar'), '')
  await writeFile(join(folder, 'secret.jar'), '')
})

afterAll(() => rm(folder, { recursive: true }))

test.each([
  `/opt/flink/opt/flink-s3-fs-hadoop-${VERSION}.jar`,
  `local:///opt/flink/opt/flink-s3-fs-hadoop-${VERSION}.jar`,
  `/opt/flink/lib/../opt/flink-s3-fs-hadoop-${VERSION}.jar`,
])('%s is found in the distribution', async (path) => {
  expect(isInDistribution(path)).toBe(true)
  expect(await resolveInDistribution(home, path)).toEqual({
    file: join(home, 'opt', `flink-s3-fs-hadoop-${VERSION}.jar`),
  })
})

test('a jar of another patch version of the same minor is the newest that is there, with a warning', async () => {
  const { file, warning } = await resolveInDistribution(home, '/opt/flink/opt/flink-s3-fs-hadoop-9.9.2.jar')
  expect(file).toBe(join(home, 'opt', 'flink-s3-fs-hadoop-9.9.10.jar'))
  expect(warning).toBe(
    '/opt/flink/opt/flink-s3-fs-hadoop-9.9.2.jar is not part of this Flink; flink-s3-fs-hadoop-9.9.10.jar is used ' +
      'in its place',
  )
})

test.each([
  ['another minor', '/opt/flink/opt/flink-s3-fs-hadoop-9.8.9.jar'],
  ['another jar', '/opt/flink/opt/flink-s3-fs-presto-9.9.9.jar'],
  ['a folder', '/opt/flink/opt'],
])('%s is not found, and what is there is named', async (_, path) => {
  const { file, reason } = await resolveInDistribution(home, path)
  expect(file).toBeUndefined()
  expect(reason).toContain('is not part of this Flink distribution')
})

test.each([
  '/opt/flink/../../etc/passwd',
  '/opt/flink/../secret.jar',
  '/opt/flinkother/x.jar',
  'local://host/opt/flink/x.jar',
  '/etc/passwd',
])('%s does not leave the distribution', async (path) => {
  const { file, reason } = await resolveInDistribution(home, path)
  expect(file).toBeUndefined()
  expect(reason).toContain('is not a path below /opt/flink')
})

test('a distribution put together from packages says that it has no examples, and what to do', async () => {
  const path = 'local:///opt/flink/examples/streaming/WordCount.jar'
  expect((await resolveInDistribution(home, path)).reason).toContain('is not part of this Flink distribution')
  const marker = { version: VERSION, source: 'PACKAGES', installedAt: '2026-01-05T08:00:00.000Z', absent: [] }
  await writeFile(join(home, 'weir-distribution.json'), JSON.stringify(marker))
  expect((await resolveInDistribution(home, path)).reason).toMatch(
    /put together from packages .* which have no examples\. Name a jar of your own .*, or set FLINK_HOME/,
  )
})
