import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Artifacts } from './artifacts.ts'
import { createArtifacts } from './fetch.ts'

let base: string
let into: string
let artifacts: Artifacts

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'weir-local-'))
  for (const folder of ['jars', 'jars/sub', 'jars-other', 'into']) await mkdir(join(base, folder))
  await writeFile(join(base, 'jars', 'my job.jar'), 'jar')
  await writeFile(join(base, 'jars', 'large.jar'), Buffer.alloc(2000))
  await writeFile(join(base, 'jars-other', 'x.jar'), 'secret')
  await writeFile(join(base, 'secret.jar'), 'secret')
  await symlink(join(base, 'secret.jar'), join(base, 'jars', 'link-out.jar'))
  await symlink(join(base, 'jars', 'my job.jar'), join(base, 'jars', 'link-in.jar'))
  await symlink(join(base, 'jars'), join(base, 'root-link'))
  execFileSync('mkfifo', [join(base, 'jars', 'pipe.jar')])
  into = join(base, 'into')
  artifacts = createArtifacts({ fileRoots: [join(base, 'root-link')], allowAddresses: [], maxBytes: 1000 })
})

beforeEach(async () => {
  await rm(into, { recursive: true, force: true })
})

afterAll(() => rm(base, { recursive: true }))

const uri = (...path: string[]): string => pathToFileURL(join(base, ...path)).href
const left = (): Promise<string[]> => readdir(into).catch(() => [])

test.each(['my job.jar', 'link-in.jar'])('%s below an opened folder is copied, with size and SHA-256', async (name) => {
  const fetched = await artifacts.fetch(uri('jars', name), into)
  const sha256 = createHash('sha256').update('jar').digest('hex')
  expect(fetched).toEqual({ path: join(into, name), sizeBytes: 3, sha256 })
  expect(await readFile(fetched.path, 'utf8')).toBe('jar')
  expect(await left()).toEqual([name])
})

test.each([
  ['beside the folder', () => uri('secret.jar')],
  ['in a folder whose name starts alike', () => uri('jars-other', 'x.jar')],
  ['above it by dots', () => `${uri('jars')}/../secret.jar`],
  ['above it by escaped dots', () => `${uri('jars')}/%2e%2e/secret.jar`],
  ['above it by an escaped slash', () => `${uri('jars')}/..%2Fsecret.jar`],
  ['where a symbolic link leads', () => uri('jars', 'link-out.jar')],
  ['that is not there', () => uri('jars', 'none.jar')],
])('a file %s is not there for callers', async (_, which) => {
  await expect(artifacts.fetch(which(), into)).rejects.toMatchObject({
    code: 'FILE_UNAVAILABLE',
    message: expect.stringContaining('no such file below the folders that this server opens'),
  })
  expect(await left()).toEqual([])
})

test.each([
  ['a folder', () => uri('jars', 'sub'), 'it is not a file'],
  ['a named pipe', () => uri('jars', 'pipe.jar'), 'it is not a file'],
  ['a file that is too large', () => uri('jars', 'large.jar'), 'than this server takes (1000 bytes)'],
  ['a file of another machine', () => 'file://other/jars/x.jar', 'with three slashes'],
])('%s is refused', async (_, which, words) => {
  await expect(artifacts.fetch(which(), into)).rejects.toMatchObject({
    code: 'FILE_UNAVAILABLE',
    message: expect.stringContaining(words),
  })
  expect(await left()).toEqual([])
})

test('a target that cannot be written to is named', async () => {
  await expect(artifacts.fetch(uri('jars', 'my job.jar'), join(base, 'secret.jar', 'x'))).rejects.toMatchObject({
    code: 'FILE_UNAVAILABLE',
    message: expect.stringContaining(`could not be written to ${join(base, 'secret.jar', 'x')}`),
  })
})

test('without opened folders file URIs are refused, with what to do', async () => {
  const closed = createArtifacts({ fileRoots: [], allowAddresses: [] })
  await expect(closed.fetch(uri('jars', 'my job.jar'), into)).rejects.toThrow('--file-root DIR')
})

test.each([
  's3://bucket/job.jar',
  'artifact://job.jar',
  'local:///opt/flink/x.jar',
  'ftp://host/x.jar',
  '/tmp/x.jar',
  '',
])('"%s" is refused with what works instead', async (other) => {
  await expect(artifacts.fetch(other, into)).rejects.toMatchObject({
    code: 'FILE_UNAVAILABLE',
    retryable: false,
    message: expect.stringMatching(/https:\/\/, maven:.*, file:\/\/ .*--file-root DIR.*local:\/\/\/opt\/flink/),
  })
})

test.each(['http://host/', 'http://host/a/..', 'http://host/a%2Fb', 'http://host/%00.jar', 'file:///'])(
  '%s names no file',
  async (nameless) => {
    await expect(artifacts.fetch(nameless, into)).rejects.toMatchObject({ code: 'FILE_UNAVAILABLE' })
  },
)
