import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDistributions } from './distributions.ts'
import type { ReleaseServer } from './release.fixture.ts'
import { packedRelease, serveRelease, TARBALL, temporaryFolder, VERSION } from './release.fixture.ts'

let cacheDir: string
let release: Buffer
let server: ReleaseServer
let running: ChildProcess[]

beforeEach(async () => {
  cacheDir = await temporaryFolder()
  release = await packedRelease()
  server = await serveRelease(release)
  running = []
})

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL')
  await server.close()
  await rm(cacheDir, { recursive: true, force: true })
})

interface Installer {
  child: ChildProcess
  lines: string[]
  /** Resolves with the first line that holds `text`. */
  says: (text: string) => Promise<string>
  ended: Promise<unknown[]>
}

function startInstaller(): Installer {
  const script = join(import.meta.dirname, 'installer.fixture.ts')
  const child = spawn(process.execPath, [script, cacheDir, server.base, VERSION], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  const ended = once(child, 'close')
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  const says = async (text: string): Promise<string> => {
    for (;;) {
      const line = lines.find((each) => each.includes(text))
      if (line) return line
      const closed = await Promise.race([once(reader, 'line').then(() => false), ended.then(() => true)])
      if (closed && !lines.some((each) => each.includes(text)))
        throw new Error(`the installer never said "${text}": ${lines.join(' / ')}`)
    }
  }
  return { child, lines, says, ended }
}

/** Resolves when the tarball is asked for: half of it is sent, the rest is up to the test. */
function halfSent(): Promise<ServerResponse> {
  return new Promise((resolve) => {
    server.sendTarball = (response) => response.write(release.subarray(0, release.length / 2), () => resolve(response))
  })
}

test('two installers in two processes end with one download', async () => {
  const half = halfSent()
  const first = startInstaller()
  const response = await half
  const second = startInstaller()
  await second.says('waiting for another installer')
  response.end(release.subarray(release.length / 2))

  const home = `home: ${join(cacheDir, 'flink', VERSION)}`
  await Promise.all([first.says(home), second.says(home), first.ended, second.ended])
  expect(server.requests.filter((path) => path === TARBALL)).toHaveLength(1)
})

test('two installers in one process end with one download', async () => {
  const distributions = createDistributions({ cacheDir, tarballBases: [server.base], pip: [], env: {} })
  const [first, second] = await Promise.all([distributions.install(VERSION), distributions.install(VERSION)])
  expect(first).toEqual(second)
  expect(server.requests.filter((path) => path === TARBALL)).toHaveLength(1)
})

test('an installer killed in the middle leaves nothing half-installed; the next succeeds and cleans up', async () => {
  const half = halfSent()
  const installer = startInstaller()
  await half
  await installer.says('downloading')
  installer.child.kill('SIGKILL')
  await installer.ended
  expect((await readdir(join(cacheDir, 'flink'))).filter((name) => !name.includes('lock'))).toHaveLength(1)

  const distributions = createDistributions({ cacheDir, tarballBases: [server.base], pip: [], env: {} })
  expect(await distributions.find(VERSION)).toBeUndefined()
  expect(await distributions.list()).toEqual([])
  server.sendTarball = (response) => response.end(release)
  expect((await distributions.install(VERSION)).version).toBe(VERSION)
  expect((await readdir(join(cacheDir, 'flink'))).sort()).toEqual([`.${VERSION}.lock`, VERSION])
})
