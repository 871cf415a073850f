/** Uploaded files as commands name them, and local files on their way to the server. */
import { randomUUID } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Artifact } from '../api/client/generated/types.gen.ts'
import { allPages, apiError, expectOk, ID, notFound, page } from './api.ts'
import type { Context } from './context.ts'
import { shellWord, usageError } from './errors.ts'
import { progressBar } from './progress-bar.ts'

export interface Uploaded {
  artifact: Artifact
  /** False: the newest version had this content already. */
  isNew: boolean
}

/** In a pipe nothing is said of what takes a moment only. */
const WORTH_TELLING_BYTES = 64 * 1024 ** 2

export async function allArtifacts(context: Context, name?: string): Promise<Artifact[]> {
  const path = { ws: await context.workspace() }
  return allPages((marker) => context.weir.listArtifacts({ path, query: page({ name, marker }) }))
}

/** By ID, by `artifact://NAME?version=N`, or by name: then the newest version. */
export async function findArtifact(context: Context, text: string): Promise<Artifact> {
  if (ID.test(text)) {
    const found = await context.weir.describeArtifact({ path: { ws: await context.workspace(), artifact: text } })
    if (found.ok) return found.data
    if (found.error.status !== 404) throw apiError(found.error)
  }
  const [, name = '', version] = /^(?:artifact:\/\/)?([^?]*)(?:\?version=(\d+))?$/.exec(text) ?? []
  const versions = name === '' ? [] : await allArtifacts(context, name)
  const found = version === undefined ? versions.at(-1) : versions.find((one) => one.version === Number(version))
  if (found) return found
  throw await notFound('artifact', text, await allArtifacts(context))
}

/**
 * What a jar of that file name is called here: its name, with dashes for what names of artifacts can't hold. What is no
 * jar by its name keeps it, for the server to say what is wrong.
 */
function artifactName(file: string): string {
  const [, stem] = /^(.+)\.jar$/i.exec(basename(file)) ?? []
  if (stem === undefined) return basename(file)
  const plain = stem
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
  return `${plain.replace(/^[^A-Za-z0-9]+/, '').slice(0, LONGEST_STEM) || 'uploaded'}.jar`
}

const LONGEST_STEM = 124

/** Sends the file as it is read, with a bar on a terminal; `name` when it is not to be the file's own. */
export async function uploadFile(context: Context, file: string, name = artifactName(file)): Promise<Uploaded> {
  const { size } = await readable(file)
  const bar =
    context.io.errTty || size >= WORTH_TELLING_BYTES ? progressBar(context.io, `uploading ${name}`) : undefined
  const body = await openAsBlob(file, { type: 'application/java-archive' })
  let sent = 0
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, out) {
      sent += chunk.length
      bar?.update({ detail: `uploading ${name}: ${Math.floor((sent / size) * 100)} %`, fraction: sent / size })
      out.enqueue(chunk)
    },
  })
  // Its length still goes out with the request, so that the server can refuse what is too large before it comes.
  const stream = body.stream.bind(body)
  Object.defineProperty(body, 'stream', { value: () => stream().pipeThrough(counted as never) })
  try {
    const answer = await context.weir.uploadArtifact({
      path: { ws: await context.workspace() },
      query: { name },
      body,
      headers: { 'idempotency-key': randomUUID() },
    })
    const artifact = expectOk(answer, [
      `weir artifact upload ${shellWord(file)} --name NAME.jar`,
      'weir artifact upload --help',
    ])
    return { artifact, isNew: answer.ok && answer.status === 201 }
  } finally {
    bar?.stop()
  }
}

async function readable(file: string): Promise<{ size: number }> {
  const next = 'give the name of a jar on this machine, or a URI such as https://...'
  const stats = await stat(file).catch((error: Error) => {
    throw usageError(`cannot read ${file}: ${error.message}`, next)
  })
  if (!stats.isFile()) throw usageError(`${file} is not a file`, next)
  if (stats.size === 0) throw usageError(`${file} is empty`, next)
  return stats
}

/** Has a scheme, or is a path within the Flink distribution, which means the same on every machine. */
const isUri = (text: string): boolean => /^([a-z][a-z0-9+.-]*:|\/opt\/flink\/)/i.test(text)

/** Throws CliError where a file of this machine can't be uploaded: before anything is asked of the server. */
export async function mustBeReadable(jars: readonly string[]): Promise<void> {
  for (const jar of jars) if (!isUri(jar)) await readable(jar)
}

/** URIs as they stand; of files of this machine the URIs that they get by being uploaded. */
export async function asUris(context: Context, jars: readonly string[]): Promise<string[]> {
  const uris: string[] = []
  for (const jar of jars) uris.push(isUri(jar) ? jar : (await uploadFile(context, jar)).artifact.uri)
  return uris
}
