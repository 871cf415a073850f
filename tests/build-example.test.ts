import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'

import { buildExample } from '../tools/build-example.ts'

afterEach(() => vi.unstubAllEnvs())

test('without a compiler the error says what to install, and nothing half-built stays', async () => {
  const out = await mkdtemp(join(tmpdir(), 'build-example-'))
  try {
    vi.stubEnv('PATH', '')
    vi.stubEnv('JAVA_HOME', '')
    await expect(buildExample({ flinkHome: '/nowhere', out })).rejects.toThrow(
      /No javac was found.*JDK, not of a Java runtime alone/,
    )
    vi.stubEnv('JAVA_HOME', '/opt/just-a-jre')
    await expect(buildExample({ flinkHome: '/nowhere', out })).rejects.toThrow('/opt/just-a-jre')
    expect(await readdir(out)).toEqual([])
  } finally {
    await rm(out, { recursive: true })
  }
})
