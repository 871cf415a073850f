/** A tiny official release and a server that offers it, for tests. */
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'tar'

export const VERSION = '9.9.9'
export const TARBALL = `/flink-${VERSION}/flink-${VERSION}-bin-scala_2.12.tgz`

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'weir-distributions-'))

/** Fills a folder as FLINK_HOME is filled. */
export async function writeHome(home: string, version = VERSION): Promise<void> {
  for (const folder of ['lib', 'opt', 'bin', 'conf', 'plugins']) await mkdir(join(home, folder), { recursive: true })
  await writeFile(join(home, 'lib', `flink-dist-${version}.jar`), 'dist'.repeat(20_000))
  await writeFile(join(home, 'opt', `flink-s3-fs-hadoop-${version}.jar`), 's3')
  await writeFile(join(home, 'conf', 'config.yaml'), '')
  await writeFile(join(home, 'bin', 'flink'), '#!/bin/sh\n')
  await chmod(join(home, 'bin', 'flink'), 0o755)
}

export async function packedRelease(version = VERSION): Promise<Buffer> {
  const folder = await temporaryFolder()
  await writeHome(join(folder, `flink-${version}`), version)
  await create({ file: join(folder, 'out.tgz'), gzip: true, cwd: folder }, [`flink-${version}`])
  const packed = await readFile(join(folder, 'out.tgz'))
  await rm(folder, { recursive: true })
  return packed
}

const sha512 = (data: Buffer): string => createHash('sha512').update(data).digest('hex')

export interface ReleaseServer {
  base: string
  /** Paths asked for, in order. */
  requests: string[]
  /** How the tarball is sent; tests replace it. */
  sendTarball: (response: ServerResponse, request: IncomingMessage) => void
  close: () => Promise<void>
}

/** Serves the release with its checksum on a free port of this machine. */
export async function serveRelease(release: Buffer, checksum = sha512(release)): Promise<ReleaseServer> {
  const requests: string[] = []
  const served: ReleaseServer = {
    base: '',
    requests,
    sendTarball: (response) => response.end(release),
    close: async () => {},
  }
  const server: Server = createServer((request, response) => {
    requests.push(request.url ?? '')
    if (request.url === `${TARBALL}.sha512`) response.end(`${checksum}  flink-${VERSION}-bin-scala_2.12.tgz\n`)
    else if (request.url === TARBALL) served.sendTarball(response.setHeader('content-length', release.length), request)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  served.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  served.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return served
}
