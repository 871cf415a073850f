import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, expect, test } from 'vitest'

import { classPath } from './classpath.ts'

let home: string
let extra: string

beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'weir-classpath-'))
  home = join(root, 'flink')
  extra = join(root, 'extra')
  await mkdir(join(home, 'lib'), { recursive: true })
  await mkdir(extra)
  await writeFile(join(home, 'lib', 'log4j-core.jar'), zip(['org/log4j/Logger.class']))
  await writeFile(join(home, 'lib', 'flink-dist-1.17.1.jar'), zip(['org/flink/Dist.class', 'META-INF/MANIFEST.MF']))
  await writeFile(join(home, 'lib', 'connector.jar'), zip(['org/flink/Connector.class']))
  return () => rm(root, { recursive: true })
})

/** A zip of empty files: what matters here is its directory. */
function zip(names: string[]): Buffer {
  const local = names.map((name) => {
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50)
    header.writeUInt16LE(name.length, 26)
    return Buffer.concat([header, Buffer.from(name)])
  })
  const central = names.map((name, index) => {
    const header = Buffer.alloc(46)
    header.writeUInt32LE(0x02014b50)
    header.writeUInt16LE(name.length, 28)
    header.writeUInt32LE(local.slice(0, index).reduce((sum, part) => sum + part.length, 0), 42)
    return Buffer.concat([header, Buffer.from(name)])
  })
  const [before, directory] = [Buffer.concat(local), Buffer.concat(central)]
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(names.length, 8)
  end.writeUInt16LE(names.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(before.length, 16)
  return Buffer.concat([before, directory, end])
}

const order = async () => {
  const { entries, clash } = await classPath(home, extra)
  return { names: entries.map((path) => basename(path)), clash }
}

test("the distribution is sorted with flink-dist at its end, the caller's jars come after it", async () => {
  await writeFile(join(extra, 'a-job.jar'), zip(['com/example/Job.class', 'META-INF/MANIFEST.MF', 'module-info.class']))
  expect(await order()).toEqual({ names: ['connector.jar', 'log4j-core.jar', 'flink-dist-1.17.1.jar', 'a-job.jar'], clash: undefined })
})

test("a jar that holds a class of Flink's takes the place that Flink's scripts give it, and says so", async () => {
  await writeFile(join(extra, 'fat-job.jar'), zip(['com/example/Job.class', 'org/log4j/Logger.class']))
  expect(await order()).toEqual({
    names: ['connector.jar', 'fat-job.jar', 'log4j-core.jar', 'flink-dist-1.17.1.jar'],
    clash: "fat-job.jar holds org/log4j/Logger.class, which Flink's log4j-core.jar has too",
  })
})

test("a clash changes the distribution's own order in nothing", async () => {
  const before = (await order()).names
  await writeFile(join(extra, 'fat-job.jar'), zip(['org/flink/Dist.class']))
  expect((await order()).names.filter((name) => name !== 'fat-job.jar')).toEqual(before)
})

test("a file that is no zip is left to the JVM's judgement", async () => {
  await writeFile(join(extra, 'broken.jar'), 'not a zip at all, but longer than an end record is')
  expect(await order()).toMatchObject({ clash: undefined })
})

test('a jar as the JDK writes it is read', async () => {
  await mkdir(join(extra, 'org', 'flink'), { recursive: true })
  await writeFile(join(extra, 'org', 'flink', 'Dist.class'), '')
  await promisify(execFile)('jar', ['cf', join(extra, 'made.jar'), '-C', extra, 'org'])
  expect((await order()).clash).toContain('made.jar holds org/flink/Dist.class')
})
