import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'

import { findJava, type JavaSearch, olderJava } from './java.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-java-'))
  return () => rm(root, { recursive: true })
})

/** A folder that looks like a JDK; `says`: what `java -version` prints, for one without a release file. */
async function jdk(name: string, version: string | undefined, says = ''): Promise<string> {
  const home = join(root, name)
  await mkdir(join(home, 'bin'), { recursive: true })
  await writeFile(join(home, 'bin', 'java'), `#!/bin/sh\necho '${says}' >&2\n`)
  await chmod(join(home, 'bin', 'java'), 0o755)
  if (version) await writeFile(join(home, 'release'), `IMPLEMENTOR="Example"\nJAVA_VERSION="${version}"\n`)
  return home
}

/** A machine with those JDKs, one of them maybe in JAVA_HOME. */
const machine = async (versions: string[], named?: string): Promise<JavaSearch> => {
  for (const version of versions) await jdk(version, version)
  return { env: named === undefined ? {} : { JAVA_HOME: join(root, named) }, roots: [root] }
}

test.each([
  ['1.17.1', ['11.0.2', '17.0.15', '25.0.1'], '11.0.2'],
  ['1.17.1', ['17.0.15', '25.0.1'], '17.0.15'],
  ['1.17.1', ['21.0.1', '25.0.1'], '21.0.1'],
  ['1.20.5', ['11.0.2', '17.0.15', '21.0.1'], '17.0.15'],
  ['1.20.5', ['1.8.0_402', '25.0.1'], '25.0.1'],
  ['2.3.0', ['11.0.2', '21.0.1', '25.0.1'], '11.0.2'],
  ['2.3.0', ['21.0.1', '25.0.1'], '21.0.1'],
])('Flink %s with %j installed is run with %s', async (flink, installed, version) => {
  expect(await findJava(flink, await machine(installed))).toMatchObject({ version, home: join(root, version) })
})

test.each([
  ['1.17.1', '17.0.15', '17.0.15'],
  ['2.3.0', '21.0.1', '21.0.1'],
  ['2.3.0', '25.0.1', '17.0.15'],
  ['2.3.0', '1.8.0_402', '17.0.15'],
])('Flink %s with JAVA_HOME at %s is run with %s: JAVA_HOME wins where it fits', async (flink, named, version) => {
  const search = await machine(['1.8.0_402', '11.0.2', '17.0.15', '21.0.1', '25.0.1'], named)
  expect(await findJava(flink, search)).toMatchObject({ version })
})

test.each([
  [['1.8.0_402', '21.0.1', '25.0.1'], '21.0.1'],
  [['1.8.0_402', '25.0.1'], undefined],
])('of %j the one that is older than 24 and not too old is %s', async (installed, version) => {
  expect((await olderJava(24, await machine(installed, '25.0.1')))?.version).toBe(version)
})

test('a Java that was named for Weir is taken, whatever else is there', async () => {
  const search = { ...(await machine(['17.0.15', '25.0.1'], '17.0.15')), candidates: [join(root, '25.0.1')] }
  expect(await findJava('1.17.1', search)).toMatchObject({ major: 25, build: 'Example 25.0.1' })
})

test('a program is as good as its home, and a JDK without a release file is asked', async () => {
  const home = await jdk('asked', undefined, 'openjdk version "11.0.2" 2019-01-15')
  expect(await findJava('1.17.1', { candidates: [join(home, 'bin', 'java')] })).toMatchObject({
    major: 11,
    version: '11.0.2',
    home,
  })
})

test('without a Java that fits it is said which ones are there and what that version needs', async () => {
  await expect(findJava('1.20.5', { candidates: [] })).rejects.toThrow(
    /No Java was found.*Flink 1\.20\.5 needs.*best 17 \(else 11\).*openjdk-17/,
  )
  await expect(findJava('1.17.1', await machine([]))).rejects.toThrow(
    /No Java was found.*Flink 1\.17\.1 needs.*best 11 \(else 17\).*openjdk-11/,
  )
  const candidates = [await jdk('eight', '1.8.0_402'), join(root, 'nowhere')]
  await expect(findJava('2.3.0', { candidates })).rejects.toMatchObject({
    code: 'JAVA_MISSING',
    message: expect.stringMatching(/Only Java 1\.8\.0_402 in .*eight.* too old.*Flink 2\.3\.0/),
  })
})
