import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { handleErrors } from '../api/error-handler.ts'
import { openPodFiles, type PodFiles } from './pod-files.ts'

const SHA256 = 'ab'.repeat(32)
const uploads = {
  read: async (sha256: string) => (sha256 === SHA256 ? Readable.from([Buffer.from('a jar')]) : undefined),
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'weir-pod-files-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

async function get(files: PodFiles, url: string): Promise<{ status: number; text: string }> {
  const app = Fastify()
  handleErrors(app)
  files.register(app)
  const { username, password, pathname } = new URL(url)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const answer = await app.inject({ url: pathname, headers: username === '' ? {} : { authorization } })
  await app.close()
  return { status: answer.statusCode, text: answer.body }
}

test('the URL of a file opens that file and no other, and nothing opens without its password', async () => {
  const files = await openPodFiles({ dataDir: await folder(), base: 'http://weir.weir:8080/', uploads })
  const url = files.url({ name: 'my.jar', sha256: SHA256 })
  expect(url).toMatch(/^http:\/\/pod:[0-9a-f]{64}@weir\.weir:8080\/pod-files\/(ab){32}\/my\.jar$/)
  expect(await get(files, url)).toEqual({ status: 200, text: 'a jar' })
  const other = files.url({ name: 'my.jar', sha256: 'cd'.repeat(32) })
  expect(await get(files, other.replace(/(cd){32}/, SHA256))).toMatchObject({ status: 404 })
  expect(await get(files, url.replace(/pod:.*@/, ''))).toMatchObject({ status: 404 })
  expect(await get(files, other)).toMatchObject({ status: 404 })
})

test('pods that come again after a restart of the server get their files; those of others do not', async () => {
  const dataDir = await folder()
  const url = (await openPodFiles({ dataDir, base: 'http://h', uploads })).url({ name: 'my.jar', sha256: SHA256 })
  expect(await get(await openPodFiles({ dataDir, base: 'http://h', uploads }), url)).toMatchObject({ status: 200 })
  expect(await get(await openPodFiles({ dataDir: await folder(), base: 'http://h', uploads }), url)).toMatchObject({
    status: 404,
  })
  expect((await stat(join(dataDir, 'pod-files.key'))).mode & 0o777).toBe(0o600)
})
