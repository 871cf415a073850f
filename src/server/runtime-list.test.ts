import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { createDistributions } from '../flink/distributions/distributions.ts'
import { writeHome } from '../flink/distributions/release.fixture.ts'
import { runtimesOnMachine } from './runtime-list.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-runtimes-'))
  return () => rm(root, { recursive: true })
})

const listed = async (javaHome: string) => {
  const home = join(root, 'flink')
  await writeHome(home, '1.20.5')
  await rm(join(home, 'opt', 'flink-s3-fs-hadoop-1.20.5.jar'))
  for (const version of ['1.20.1', '1.20.0'])
    await writeFile(join(home, 'opt', `flink-s3-fs-hadoop-${version}.jar`), '')
  return runtimesOnMachine(createDistributions({ flinkHome: home, cacheDir: join(root, 'cache'), env: {} }), javaHome)
}

test('each runtime is listed with what is installed of it, the newest S3 plugin, and the Java for it', async () => {
  const home = join(root, 'java')
  await mkdir(join(home, 'bin'), { recursive: true })
  await writeFile(join(home, 'bin', 'java'), '')
  await chmod(join(home, 'bin', 'java'), 0o755)
  await writeFile(join(home, 'release'), 'JAVA_VERSION="21.0.1"\n')
  const runtimes = await listed(home)
  const of = (id: string) => runtimes.find((runtime) => runtime.id === id)
  expect(of('FLINK_1_20')).toEqual({
    id: 'FLINK_1_20',
    flinkVersion: '1.20.5',
    installed: { version: '1.20.5', home: join(root, 'flink'), source: 'FLINK_HOME', s3Plugin: '1.20.1' },
    java: {
      supported: [11],
      experimental: [17],
      used: { version: '21.0.1', home },
      note: expect.stringMatching(/Java 11, 17, not 21/),
    },
  })
  expect(of('FLINK_2_3')).toEqual({
    id: 'FLINK_2_3',
    flinkVersion: '2.3.0',
    java: { supported: [17, 11], experimental: [21], used: { version: '21.0.1', home } },
  })
})

test('where there is no Java the list is there all the same and says what to install', async () => {
  for (const { java } of await listed(join(root, 'nowhere'))) {
    expect(java.used).toBeUndefined()
    expect(java.note).toMatch(/No Java was found.*apt install openjdk-(11|17)/)
  }
})
