import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from 'tar'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PackagePins } from './catalogue.ts'
import type { Distributions } from './distribution.ts'
import { createDistributions } from './distributions.ts'
import { resolveInDistribution } from './lookup.ts'
import { temporaryFolder, VERSION, writeHome } from './release.fixture.ts'

/** Stands for pip: takes packages from the folder FAKE_PACKAGES, checks pins as pip does with --require-hashes. */
const PIP = `#!/bin/sh
echo "$@" >> "$FAKE_PACKAGES/pip.log"
[ "$1" = --version ] && exit 0
for last; do :; done
case $1 in
  download)
    want=$(sed 's/.*sha256://' "$last"); got=$(sha256sum "$FAKE_PACKAGES/sdist.tar.gz" | cut -c1-64)
    [ "$want" = "$got" ] || { echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"; echo "  Got        $got"; exit 1; }
    mkdir -p download && cp "$FAKE_PACKAGES/sdist.tar.gz" download/apache_flink_libraries-${VERSION}.tar.gz ;;
  install) mkdir -p wheel && cp -r "$FAKE_PACKAGES/pyflink" wheel/ ;;
esac
`
const MVN =
  `#!/bin/sh
[ "$1" = --version ] && exit 0
for arg; do case $arg in -DoutputDirectory=*) cp "$FAKE_PACKAGES/plugin.jar" ` +
  `"\${arg#*=}/flink-s3-fs-hadoop-9.9.1.jar";; esac; done
`

let folder: string
let pins: PackagePins

beforeEach(async () => {
  folder = await temporaryFolder()
  const top = join(folder, `apache_flink_libraries-${VERSION}`)
  await writeHome(join(top, 'deps'))
  for (const other of ['conf', 'opt']) await rm(join(top, 'deps', other), { recursive: true })
  await rm(join(top, 'deps', 'bin', 'flink'))
  await writeFile(join(top, 'deps', 'bin', 'bash-java-utils.jar'), 'jar')
  for (const file of ['LICENSE', 'NOTICE', 'setup.py']) await writeFile(join(top, file), file)
  await create({ file: join(folder, 'sdist.tar.gz'), gzip: true, cwd: folder }, [`apache_flink_libraries-${VERSION}`])
  for (const part of ['bin', 'conf']) await mkdir(join(folder, 'pyflink', part), { recursive: true })
  await writeFile(join(folder, 'pyflink', 'bin', 'flink'), '#!/bin/sh\n', { mode: 0o644 })
  await writeFile(join(folder, 'pyflink', 'conf', 'config.yaml'), '')
  await writeFile(join(folder, 'plugin.jar'), 's3')
  await client('pip', PIP)
  await client('mvn', MVN)
  const pinned = async (name: string) => {
    const data = await readFile(join(folder, name))
    return { sha256: createHash('sha256').update(data).digest('hex'), sizeBytes: data.length }
  }
  pins = {
    libraries: await pinned('sdist.tar.gz'),
    scripts: await pinned('plugin.jar'),
    s3Plugin: { version: '9.9.1', ...(await pinned('plugin.jar')) },
  }
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function client(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), script)
  await chmod(join(folder, name), 0o755)
}

const distributions = (mvn = 'mvn'): Distributions =>
  createDistributions({
    cacheDir: folder,
    tarballBases: [],
    pip: [['/nowhere/pip'], [join(folder, 'pip')]],
    mvn: [[join(folder, mvn)]],
    pinsOf: (version) => (version === VERSION ? pins : undefined),
    env: { PATH: process.env['PATH'], FAKE_PACKAGES: folder },
  })

const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => Promise.reject(new Error('it was installed')),
    (error: Error) => error,
  )

const notLocks = async (): Promise<string[]> =>
  (await readdir(join(folder, 'flink'))).filter((name) => !name.endsWith('.lock'))

test('packages are put together as the official release is laid out', async () => {
  const { home, source } = await distributions().install(VERSION)
  expect(source).toBe('PACKAGES')
  const there = [
    `lib/flink-dist-${VERSION}.jar`,
    'opt/flink-s3-fs-hadoop-9.9.1.jar',
    'bin/bash-java-utils.jar',
    'conf/config.yaml',
    'LICENSE',
    'NOTICE',
  ]
  for (const file of there) expect(existsSync(join(home, file)), file).toBe(true)
  expect(existsSync(join(home, 'setup.py'))).toBe(false)
  expect((await stat(join(home, 'bin', 'flink'))).mode & 0o111).toBe(0o111)
  expect(await notLocks()).toEqual([VERSION])
})

test('a missing mvn does not stop the installation; who wants the S3 plugin is told why it is missing', async () => {
  const reported: string[] = []
  const { home } = await distributions('no-mvn').install(VERSION, ({ detail }) => reported.push(detail))
  expect(reported.join('\n')).toContain('goes without its S3 plugin: mvn was not found')
  const { file, reason } = await resolveInDistribution(home, '/opt/flink/opt/flink-s3-fs-hadoop-9.9.9.jar')
  expect(file).toBeUndefined()
  expect(reason).toMatch(/installed without it: mvn was not found.*weir runtime install 9\.9\.9/)
})

test('a package that is not the pinned one is refused', async () => {
  pins.libraries.sha256 = 'ab'.repeat(32)
  const { message } = await failureOf(distributions().install(VERSION))
  expect(message).toMatch(/apache-flink-libraries 9\.9\.9 is not what Weir pins: its SHA-256 is [0-9a-f]{64}/)
  expect(await notLocks()).toEqual([])
})

test('an S3 plugin that is not the pinned one is left out', async () => {
  pins.s3Plugin.sha256 = 'ab'.repeat(32)
  const { home } = await distributions().install(VERSION)
  expect(existsSync(join(home, 'opt', 'flink-s3-fs-hadoop-9.9.1.jar'))).toBe(false)
})

test('a failing pip is quoted, and a missing one is called missing', async () => {
  await client(
    'pip',
    '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho noise\necho "ERROR: No matching distribution found"\nexit 1\n',
  )
  expect((await failureOf(distributions().install(VERSION))).message).toMatch(
    /pip could not get .*: ERROR: No matching distribution found/,
  )
  await rm(join(folder, 'pip'))
  expect((await failureOf(distributions().install(VERSION))).message).toContain(
    'pip was not found (tried /nowhere/pip,',
  )
})

test('a full disk is called that, whoever met it', async () => {
  await client(
    'pip',
    '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "ERROR: [Errno 28] No space left on device"\nexit 1\n',
  )
  const failure = await failureOf(distributions().install(VERSION))
  expect(failure.message).toContain('the disk is full')
  expect(failure.cause).toBe('DISK_FULL')
  expect(await notLocks()).toEqual([])
})

test('an aborted installation ends the package client and what it started', async () => {
  const abort = new AbortController()
  await client(
    'pip',
    `#!/bin/sh\n[ "$1" = --version ] && exit 0\nsleep 600 & echo $! > "$FAKE_PACKAGES/$1.pid"\nwait\n`,
  )
  const failure = failureOf(distributions().install(VERSION, undefined, abort.signal))
  const pidFile = join(folder, 'download.pid')
  await expect.poll(() => existsSync(pidFile) && readFile(pidFile, 'utf8'), { timeout: 10_000 }).toBeTruthy()
  const pid = Number(await readFile(pidFile, 'utf8'))
  abort.abort(new Error('stopped'))
  expect((await failure).message).toBe('stopped')
  await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false)
  expect(await notLocks()).toEqual([])
})

/** False also for a process that has ended and only waits to be collected. */
async function alive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}
