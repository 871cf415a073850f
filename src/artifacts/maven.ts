/**
 * `maven:` URIs: jars of the repositories that the server's owner named, checked against the sums beside them. The
 * first repository that has a jar gives it; one that can't be asked ends the search, since a later one may have another
 * jar of that name.
 */
import { join } from 'node:path'
import type { Dispatcher } from 'undici'
import { Failure } from '../domain/failure.ts'
import { artifactFolder, type Coordinates, isSnapshot, jarName, parseMaven } from '../domain/maven.ts'
import type { FetchedFile, FetchOptions, Sum } from './artifacts.ts'
import type { Answer, WebSource } from './ask.ts'
import { ask } from './ask.ts'
import type { FileCache } from './cache.ts'
import { explain, explainStatus } from './explain.ts'
import { nearestVersions, newestBuild, versionsIn } from './maven-metadata.ts'
import { receiveInto } from './receive.ts'
import { maskUri, unavailable } from './uri.ts'
import { arriving, explained } from './web.ts'

export interface MavenOptions {
  repositories: readonly string[]
  /** For what repositories redirect to. */
  web: WebSource
  /** Connects to the repositories themselves, whatever addresses they have. */
  trusting: Dispatcher
  cache: FileCache
  maxBytes: number
}

export interface Maven {
  /** Puts the jar into `folder` as `ARTIFACT-VERSION[-CLASSIFIER].jar`. Throws Failure: FILE_UNAVAILABLE, DISK_FULL. */
  fetch(uri: string, folder: string, options?: FetchOptions): Promise<FetchedFile>
  /**
   * Where the jar is now and what it must be. The URL holds the repository's credentials. Throws Failure:
   * FILE_UNAVAILABLE.
   */
  resolve(uri: string, options?: FetchOptions): Promise<{ url: string; sha: Sum }>
}

interface Repository {
  base: URL
  /** For people. */
  name: string
  web: WebSource
}

interface Located {
  repository: Repository
  path: string
  sha: Sum
  /** Nobody may put another file there. */
  isFinal: boolean
}

/** The strongest first. */
const SUMS = [
  ['sha512', 128],
  ['sha256', 64],
  ['sha1', 40],
] as const

/** The list of a popular artifact's versions has some ten thousand bytes. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024

/** Throws an Error where a repository's URL is none. */
export function createMaven({ repositories: urls, web, trusting, cache, maxBytes }: MavenOptions): Maven {
  const repositories = urls.map((url) => asRepository(url, web, trusting))

  async function locate(uri: string, coordinates: Coordinates, options: FetchOptions): Promise<Located> {
    for (const repository of repositories) {
      const found = await locateIn(repository, uri, coordinates, options)
      if (found) return found
    }
    throw await nowhere(repositories, uri, coordinates, options)
  }

  async function fetchInto(part: string, uri: string, { repository, path, sha }: Located, options: FetchOptions) {
    const answer = await request(repository, uri, path, options)
    try {
      if (answer.status !== 200) throw refused(repository, uri, answer.status)
      return await explained(uri, options, () =>
        receiveInto(part, { ...arriving(uri, path, answer, options, maxBytes), expected: sha }),
      )
    } finally {
      answer.discard()
    }
  }

  return {
    async fetch(uri, folder, options = {}) {
      const coordinates = coordinatesOf(uri)
      const target = join(folder, jarName(coordinates))
      if (!isSnapshot(coordinates.version)) {
        // Another list of repositories may have another jar of that name.
        const key = `maven ${uri} ${urls.join(' ')}`
        const fetch = async (_: unknown, part: string) =>
          fetchInto(part, uri, await locate(uri, coordinates, options), options)
        return cache.take({ key, immutable: true, fetch }, target, options)
      }
      const located = await locate(uri, coordinates, options)
      const key = `maven ${urlOf(located)}`
      return cache.take(
        { key, immutable: located.isFinal, fetch: (_, part) => fetchInto(part, uri, located, options) },
        target,
        options,
      )
    },

    async resolve(uri, options = {}) {
      const located = await locate(uri, coordinatesOf(uri), options)
      return { url: urlOf(located), sha: located.sha }
    },
  }
}

const urlOf = ({ repository, path }: Located): string => new URL(path, repository.base).href

function asRepository(url: string, web: WebSource, dispatcher: Dispatcher): Repository {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw new Error(`"${maskUri(url)}" is not the http(s) URL of a Maven repository`)
  const base = new URL(url.endsWith('/') ? url : `${url}/`)
  return { base, name: maskUri(base.href), web: { ...web, trusted: { origin: base.origin, dispatcher } } }
}

function coordinatesOf(uri: string): Coordinates {
  const parsed = parseMaven(uri)
  if ('problem' in parsed) throw unavailable(uri, parsed.problem)
  return parsed
}

async function locateIn(
  repository: Repository,
  uri: string,
  coordinates: Coordinates,
  options: FetchOptions,
): Promise<Located | undefined> {
  const folder = `${artifactFolder(coordinates)}/${coordinates.version}`
  const read = (path: string): Promise<string | undefined> => readText(repository, uri, path, options)
  let build: string | undefined = coordinates.version
  if (isSnapshot(build)) {
    const metadata = await read(`${folder}/maven-metadata.xml`)
    build = metadata === undefined ? undefined : newestBuild(metadata, coordinates)
  }
  if (build === undefined) return undefined
  const path = `${folder}/${jarName(coordinates, build)}`
  const sums = await Promise.all(
    SUMS.map(async ([algorithm, digits]) => {
      const [hex] = new RegExp(`\\b[0-9a-f]{${digits}}\\b`, 'i').exec((await read(`${path}.${algorithm}`)) ?? '') ?? []
      return hex === undefined ? undefined : { algorithm, hex: hex.toLowerCase() }
    }),
  )
  const sha = sums.find((sum) => sum !== undefined)
  if (sha) return { repository, path, sha, isFinal: !isSnapshot(build) }
  const answer = await request(repository, uri, path, options)
  answer.discard()
  if (isAbsent(answer.status)) return undefined
  if (answer.status !== 200) throw refused(repository, uri, answer.status)
  throw unavailable(
    uri,
    `the repository ${repository.name} has it, but neither .sha512, .sha256 nor .sha1 beside it; Weir takes no jar ` +
      `that it can't check`,
  )
}

const isAbsent = (status: number): boolean => status === 404 || status === 410

/** Undefined where the repository has no such file. */
async function readText(
  repository: Repository,
  uri: string,
  path: string,
  options: FetchOptions,
): Promise<string | undefined> {
  const answer = await request(repository, uri, path, options)
  try {
    if (isAbsent(answer.status)) return undefined
    if (answer.status !== 200) throw refused(repository, uri, answer.status)
    return await explained(uri, options, async () => {
      const chunks: Buffer[] = []
      let bytes = 0
      for await (const chunk of answer.chunks) {
        bytes += chunk.length
        if (bytes > MAX_TEXT_BYTES)
          throw unavailable(uri, `the repository ${repository.name} sent more than ${MAX_TEXT_BYTES} bytes for ${path}`)
        chunks.push(chunk)
      }
      return Buffer.concat(chunks).toString('utf8')
    })
  } finally {
    answer.discard()
  }
}

async function request(repository: Repository, uri: string, path: string, { signal }: FetchOptions): Promise<Answer> {
  const url = new URL(path, repository.base)
  try {
    return await ask({ uri: url.href, url, signal }, repository.web)
  } catch (error) {
    signal?.throwIfAborted()
    const failure = error instanceof Failure ? error : explain(url.href, error)
    throw unavailable(uri, failure.message, { cause: failure, retryable: failure.retryable })
  }
}

function refused(repository: Repository, uri: string, status: number): Failure {
  if (status !== 401 && status !== 403) {
    const failure = explainStatus(repository.base.href, status)
    return unavailable(uri, failure.message, { retryable: failure.retryable })
  }
  const why = status === 401 ? 'wants credentials (401)' : 'forbids it (403)'
  return unavailable(
    uri,
    `the repository ${repository.name} ${why}: the server's owner can write them into its URL, --maven-repository https://USER:PASSWORD@HOST/...`,
  )
}

async function nowhere(
  repositories: readonly Repository[],
  uri: string,
  coordinates: Coordinates,
  options: FetchOptions,
): Promise<Failure> {
  const { group, artifact, version, classifier } = coordinates
  const asked = repositories.map(({ name }) => name).join(', ')
  const lists = await Promise.all(
    repositories.map((each) =>
      readText(each, uri, `${artifactFolder(coordinates)}/maven-metadata.xml`, options).catch(() => undefined),
    ),
  )
  options.signal?.throwIfAborted()
  const versions = lists.flatMap((xml) => versionsIn(xml ?? ''))
  const jar = classifier === undefined ? 'jar' : `jar with the classifier "${classifier}"`
  if (versions.includes(version))
    return unavailable(uri, `${group}:${artifact} has a version ${version}, but no ${jar} of it (${asked})`)
  if (versions.length === 0)
    return unavailable(uri, `no repository has ${group}:${artifact} (${asked}): check the group and the artifact`)
  return unavailable(
    uri,
    `no repository has version ${version} of ${group}:${artifact} (${asked}); the nearest there ` +
      `are: ${nearestVersions(version, versions).join(', ')}`,
  )
}
