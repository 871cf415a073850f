import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, expect, test } from 'vitest'

import { zipOf } from '../../artifacts/inspect/zip.fixture.ts'
import { classPath } from './classpath.ts'

let home: string
let extra: string

beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'weir-classpath-'))
  home = join(root, 'flink')
  extra = join(root, 'extra')
  await mkdir(join(home, 'lib'), { recursive: true })
  await mkdir(extra)
  await writeFile(join(home, 'lib', 'log4j-core.jar'), zipOf(['org/log4j/Logger.class']))
  await writeFile(join(home, 'lib', 'flink-dist-1.17.1.jar'), zipOf(['org/flink/Dist.class', 'META-INF/MANIFEST.MF']))
  await writeFile(join(home, 'lib', 'connector.jar'), zipOf(['org/flink/Connector.class']))
  return () => rm(root, { recursive: true })
})

const order = async () => {
  const { entries, clashes } = await classPath(home, { extra, runner: join(extra, '..', 'weir-runner.jar') })
  return { names: entries.map((path) => basename(path)), clashes }
}

test("the distribution is sorted with flink-dist at its end, the caller's jars come after it", async () => {
  await writeFile(
    join(extra, 'a-job.jar'),
    zipOf(['com/example/Job.class', 'META-INF/MANIFEST.MF', 'module-info.class']),
  )
  expect(await order()).toEqual({
    names: ['connector.jar', 'log4j-core.jar', 'flink-dist-1.17.1.jar', 'a-job.jar'],
    clashes: [],
  })
})

test("a jar that holds a class of Flink's takes the place that Flink's scripts give it, and says so", async () => {
  await writeFile(join(extra, 'fat-job.jar'), zipOf(['com/example/Job.class', 'org/log4j/Logger.class']))
  expect(await order()).toEqual({
    names: ['connector.jar', 'fat-job.jar', 'log4j-core.jar', 'flink-dist-1.17.1.jar'],
    clashes: [{ jar: 'fat-job.jar', with: 'log4j-core.jar', count: 1, example: 'org/log4j/Logger.class' }],
  })
})

test("a clash changes the distribution's own order in nothing", async () => {
  const before = (await order()).names
  await writeFile(join(extra, 'fat-job.jar'), zipOf(['org/flink/Dist.class']))
  expect((await order()).names.filter((name) => name !== 'fat-job.jar')).toEqual(before)
})

test("a file that is no zip is left to the JVM's judgement", async () => {
  await writeFile(join(extra, 'broken.jar'), 'not a zip at all, but longer than an end record is')
  expect(await order()).toMatchObject({ clashes: [] })
})

test('a jar as the JDK writes it is read', async () => {
  await mkdir(join(extra, 'org', 'flink'), { recursive: true })
  await writeFile(join(extra, 'org', 'flink', 'Dist.class'), '')
  await promisify(execFile)('jar', ['cf', join(extra, 'made.jar'), '-C', extra, 'org'])
  expect((await order()).clashes).toMatchObject([{ jar: 'made.jar', example: 'org/flink/Dist.class' }])
})
