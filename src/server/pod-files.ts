/**
 * Uploaded files for Flink's pods, which have no key of this server: each URL opens one content and nothing else, by a
 * password that only this installation can make. It is valid as long as the content is there, since pods come again at
 * any time.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { ApiError } from '../api/errors.ts'
import type { Uploads } from '../artifacts/uploads.ts'

export interface PodFiles {
  /** With the password in it. */
  url(file: { name: string; sha256: string }): string
  register(app: FastifyInstance): void
}

const PATH = '/pod-files'

/** `base`: how pods reach this server. Throws what the disk says. */
export async function openPodFiles({
  dataDir,
  base,
  uploads,
}: {
  dataDir: string
  base: string
  uploads: Pick<Uploads, 'read'>
}): Promise<PodFiles> {
  const key = await keyIn(join(dataDir, 'pod-files.key'))
  const passwordOf = (sha256: string): string => createHmac('sha256', key).update(sha256).digest('hex')
  const mayRead = (sha256: string, authorization = ''): boolean => {
    const expected = Buffer.from(`Basic ${Buffer.from(`pod:${passwordOf(sha256)}`).toString('base64')}`)
    const given = Buffer.from(authorization)
    return given.length === expected.length && timingSafeEqual(given, expected)
  }
  return {
    url({ name, sha256 }) {
      const url = new URL(`${base.replace(/(?<!\/)\/+$/, '')}${PATH}/${sha256}/${name}`)
      url.username = 'pod'
      url.password = passwordOf(sha256)
      return url.href
    },
    register(app) {
      app.get<{ Params: { sha256: string } }>(
        `${PATH}/:sha256/:name`,
        { schema: { hide: true } },
        async (request, reply) => {
          const { sha256 } = request.params
          const bytes = mayRead(sha256, request.headers.authorization) ? await uploads.read(sha256) : undefined
          if (!bytes) throw new ApiError('NOT_FOUND', 'There is no such file, or it is not for you.')
          return reply.type('application/java-archive').send(bytes)
        },
      )
    },
  }
}

/** Made at the first start. */
async function keyIn(file: string): Promise<Buffer> {
  try {
    await writeFile(file, randomBytes(32), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const key = await readFile(file)
  if (key.length !== 32)
    throw new Error(`${file} is damaged: remove it, and pods that start again later get their files under new URLs`)
  return key
}
