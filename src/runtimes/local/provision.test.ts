import { mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'

import { createArtifacts } from '../../artifacts/fetch.ts'
import { effectiveClusterSpec } from '../../domain/effective.ts'
import type { SessionSpec } from '../../domain/spec.ts'
import { createDistributions } from '../../flink/distributions/distributions.ts'
import type { FlinkFiles } from '../flink-files/flink-files.ts'
import { launchFolder } from './paths.ts'
import { asFailure, distributionFile, insideDistribution, provision } from './provision.ts'
import { silentLog } from './runtime.fixture.ts'

let data: string
let home: string

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'weir-provision-'))
  home = join(data, 'flink')
  const files = [
    'lib/flink-dist-1.17.9.jar',
    'opt/flink-s3-fs-hadoop-1.17.1.jar',
    'plugins/metrics-jmx/flink-metrics-jmx.jar',
    'plugins/README.txt',
    'conf/flink-conf.yaml',
    'bin/bash-java-utils.jar',
  ]
  for (const file of files) {
    await mkdir(join(home, file, '..'), { recursive: true })
    await writeFile(join(home, file), '')
  }
  await mkdir(join(data, 'jars'))
  await writeFile(join(data, 'jars', 'job.jar'), 'a jar')
  return () => rm(data, { recursive: true })
})

const java = { home: '/nowhere', executable: '/nowhere/bin/java', major: 17, version: '17', build: 'none' }
/** None of these files lie on one of Flink's file systems. */
const noFlinkFiles = {} as FlinkFiles

async function provisioned(
  spec: Partial<SessionSpec>,
  onWarning = (_: string) => {},
): Promise<ReturnType<typeof launchFolder>> {
  const folder = launchFolder(data, { resource: 'R', generation: 1 })
  const whole: SessionSpec = {
    name: 'orders',
    runtime: 'FLINK_1_17',
    jars: [],
    plugins: [],
    flinkConfiguration: {},
    logConfiguration: {},
    jobManagerResource: {},
    taskManagerResource: {},
    ...spec,
  }
  await provision(effectiveClusterSpec({ spec: whole, workspace: 'W', runtimeDefaults: {} }), '1.17.9', folder, {
    distributions: createDistributions({ flinkHome: home, cacheDir: join(data, 'cache') }),
    artifacts: createArtifacts({ fileRoots: [join(data, 'jars')], allowAddresses: [] }),
    flinkFiles: noFlinkFiles,
    java,
    log: silentLog,
    signal: new AbortController().signal,
    onDetail: () => {},
    onWarning,
  })
  return folder
}

test("jars lie in lib/extra, plugins in folders of their own beside the distribution's", async () => {
  const folder = await provisioned({
    jars: [`file://${join(data, 'jars', 'job.jar')}`],
    plugins: [{ name: 'flink-s3-hadoop', jars: ['local:///opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar'] }],
  })
  expect(await readdir(folder.extra)).toEqual(['job.jar'])
  expect((await readdir(folder.plugins)).sort()).toEqual(['flink-s3-hadoop', 'metrics-jmx'])
  expect(await readlink(join(folder.plugins, 'flink-s3-hadoop', 'flink-s3-fs-hadoop-1.17.1.jar'))).toBe(
    join(home, 'opt/flink-s3-fs-hadoop-1.17.1.jar'),
  )
})

test('a launch that was interrupted while files were placed begins anew', async () => {
  const spec = { jars: ['/opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar'] }
  await provisioned(spec)
  expect(await readdir((await provisioned(spec)).extra)).toEqual(['flink-s3-fs-hadoop-1.17.1.jar'])
})

test('another patch version of a jar stands in for the one that was named, and that is told', async () => {
  const reported: string[] = []
  const plugins = [{ name: 'flink-s3-hadoop', jars: ['/opt/flink/opt/flink-s3-fs-hadoop-1.17.2.jar'] }]
  await provisioned({ plugins }, (warning) => void reported.push(warning))
  expect(reported).toEqual([
    '/opt/flink/opt/flink-s3-fs-hadoop-1.17.2.jar is not part of this Flink; flink-s3-fs-hadoop-1.17.1.jar is used ' +
      'in its place',
  ])
  expect(await distributionFile(home, 'opt/flink-s3-fs-hadoop-1.17.2.jar', silentLog)).toBe(
    join(home, 'opt/flink-s3-fs-hadoop-1.17.1.jar'),
  )
  await expect(distributionFile(home, 'opt/flink-s3-fs-hadoop-1.18.1.jar', silentLog)).rejects.toMatchObject({
    code: 'FILE_UNAVAILABLE',
  })
})

test('two files that come down to one of the distribution are a mistake of the session', async () => {
  const jars = ['1', '2'].map((patch) => `/opt/flink/opt/flink-s3-fs-hadoop-1.17.${patch}.jar`)
  await expect(provisioned({ jars })).rejects.toMatchObject({
    code: 'INVALID_SPEC',
    message: expect.stringMatching(/1\.17\.2\.jar is flink-s3-fs-hadoop-1\.17\.1\.jar, and so is another file/),
  })
})

test('a file that the distribution lacks is named, with those that it has', async () => {
  await expect(provisioned({ jars: ['/opt/flink/opt/nothing.jar'] })).rejects.toThrow(
    /\/opt\/flink\/opt\/nothing\.jar is not part of.*flink-s3-fs-hadoop-1\.17\.1\.jar/,
  )
})

test('a path that leads out of the distribution is refused', () => {
  expect(insideDistribution('local:///opt/flink/lib/../opt/x.jar')).toBe('opt/x.jar')
  expect(insideDistribution('local:///opt/flink/opt/100%.jar')).toBe('opt/100%.jar')
  expect(insideDistribution('https://example.org/x.jar')).toBeUndefined()
  for (const uri of [
    'local:///opt/flink/../../etc/passwd',
    '/etc/passwd',
    'local:///opt/flink/%2e%2e/x.jar',
    '/opt/flinkx/y.jar',
  ]) {
    expect(() => insideDistribution(uri)).toThrow(/lies outside/)
  }
})

test('a full disk is a failure of its own', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  expect(asFailure(error)).toMatchObject({ code: 'DISK_FULL', retryable: true })
})

test.each([
  ['EROFS', /mounted read-only/],
  ['EIO', /The disk fails/],
  ['EACCES', /who owns the data folder/],
  ['EMFILE', /ulimit -n/],
  ['ENOENT', /was removed/],
])('%s is told with what to do', (code, words) => {
  const error = Object.assign(new Error(`${code}: what the system said, open '/data/x'`), { code })
  expect(asFailure(error)).toMatchObject({ code: 'INTERNAL', retryable: true, message: expect.stringMatching(words) })
  expect(asFailure(error).message).toContain('/data/x')
})
