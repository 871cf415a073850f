import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'

import { findJava } from './java.ts'

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

test('of the candidates the first that fits is taken', async () => {
  const candidates = [await jdk('eight', '1.8.0_402'), await jdk('seventeen', '17.0.15'), await jdk('twentyone', '21.0.1')]
  expect(await findJava({ candidates })).toMatchObject({ major: 17, build: 'Example 17.0.15' })
})

test('a program is as good as its home, and a JDK without a release file is asked', async () => {
  const home = await jdk('asked', undefined, 'openjdk version "11.0.2" 2019-01-15')
  expect(await findJava({ candidates: [join(home, 'bin', 'java')] })).toMatchObject({ major: 11, home })
})

test('without a Java that fits it is said which ones are there and what to install', async () => {
  await expect(findJava({ candidates: [] })).rejects.toThrow(/No Java was found.*openjdk-17/)
  const candidates = [await jdk('eight', '1.8.0_402'), join(root, 'nowhere')]
  await expect(findJava({ candidates })).rejects.toMatchObject({ code: 'JAVA_MISSING', message: expect.stringMatching(/Only Java 8 in .*eight.* too old/) })
})
