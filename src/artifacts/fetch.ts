/**
 * Fetches the files that specs name and that Flink doesn't fetch itself: http(s), Maven repositories, the server's own folders,
 * and what was uploaded to it.
 *
 * May import the domain. Must never connect to an address or read a file that the server's owner didn't open, and never
 * let a URI's credentials into a message. Fails with FILE_UNAVAILABLE (retryable where another try may do) and
 * DISK_FULL.
 */
import { join } from 'node:path'
import { Agent, EnvHttpProxyAgent } from 'undici'
import { isArtifactUri } from '../domain/artifact.ts'
import { CENTRAL, isMavenUri } from '../domain/maven.ts'
import { addressRule, guardedConnect } from './addresses.ts'
import type { Artifacts } from './artifacts.ts'
import type { FileCache } from './cache.ts'
import { createFileCache } from './cache.ts'
import { copyLocal } from './local.ts'
import { createMaven } from './maven.ts'
import type { UploadedFiles } from './uploaded.ts'
import { locateUpload, takeUpload } from './uploaded.ts'
import { expectedSha256, fileNameOf, isFileUri, isWebUri, unavailable, withoutFragment } from './uri.ts'
import { webSource } from './web.ts'

export interface ArtifactsOptions {
  /** Folders whose files `file://` URIs may name. */
  fileRoots: readonly string[]
  /** Ranges (CIDR) of loopback, private and other special addresses that http(s) URIs may lead to all the same. */
  allowAddresses: readonly string[]
  /** Keeps what was fetched from elsewhere; without one each file is fetched each time. */
  cache?: FileCache
  /**
   * Base URLs, with credentials where they need any, in the order in which they are asked for `maven:` URIs; default
   * Maven Central.
   */
  mavenRepositories?: readonly string[]
  /** The largest file that is taken; default 2 GiB. */
  maxBytes?: number
  /** Where `artifact://` URIs lead; without it, nowhere. */
  uploads?: UploadedFiles
  /** The URL under which others than this server get an uploaded file; without it they can't. */
  uploadUrl?: (file: { name: string; sha256: string }) => string
  timeouts?: Partial<typeof TIMEOUTS>
}

const TIMEOUTS = {
  /** Looking up the name, TCP and TLS together. */
  connectMs: 10_000,
  /** From the request to the first byte; within this time at least 1 KiB/s must come on average. */
  stallMs: 60_000,
}

/**
 * Throws an Error with the value when a range of `allowAddresses` isn't one, or a repository's URL (without its
 * credentials).
 */
export function createArtifacts(options: ArtifactsOptions): Artifacts {
  const maxBytes = options.maxBytes ?? 2 * 1024 ** 3
  const { connectMs, stallMs } = { ...TIMEOUTS, ...options.timeouts }
  const rule = addressRule(options.allowAddresses)
  const deadlines = { headersTimeout: stallMs, bodyTimeout: stallMs }
  const web = {
    // Never through a proxy of the environment: that would look names up itself, and lead where it may.
    dispatcher: new Agent({ ...deadlines, connect: guardedConnect(rule, { timeout: connectMs }) }),
    stallMs,
  }
  // The owner's own settings may lead anywhere, through proxies too.
  const trusting = new EnvHttpProxyAgent({ ...deadlines, connect: { timeout: connectMs } })
  const cache = options.cache ?? createFileCache({ folder: '', maxBytes: 0 })
  const maven = createMaven({ repositories: options.mavenRepositories ?? [CENTRAL], web, trusting, cache, maxBytes })
  return {
    fetch: async (uri, folder, fetchOptions = {}) => {
      fetchOptions.signal?.throwIfAborted()
      if (isWebUri(uri))
        return cache.take(webSource(uri, fetchOptions, web, maxBytes), join(folder, fileNameOf(uri)), fetchOptions)
      if (isMavenUri(uri)) return maven.fetch(uri, folder, fetchOptions)
      if (isFileUri(uri)) return copyLocal(uri, folder, fetchOptions, { fileRoots: options.fileRoots, maxBytes })
      if (isArtifactUri(uri) && options.uploads) return takeUpload(uri, folder, fetchOptions, options.uploads)
      throw unknownScheme(uri)
    },
    async locate(uri, fetchOptions = {}) {
      if (isMavenUri(uri)) {
        const { url, sha } = await maven.resolve(uri, fetchOptions)
        return { url, sum: sha, trusted: true }
      }
      if (isArtifactUri(uri)) return locateUpload(uri, fetchOptions, options)
      const sha256 = expectedSha256(uri)
      return sha256 === undefined
        ? { url: uri }
        : { url: withoutFragment(uri), sum: { algorithm: 'sha256', hex: sha256 } }
    },
  }
}

function unknownScheme(uri: string): Error {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(uri) ?? []
  const what = scheme ? `this version of Weir does not fetch ${scheme}: URIs` : 'it has no scheme'
  return unavailable(
    uri,
    `${what}; what works are http:// and https://, maven:GROUP:ARTIFACT:VERSION, artifact://NAME for uploads, ` +
      'file:// below a folder that the server was started with (--file-root DIR), and local:///opt/flink/... for ' +
      'files of the Flink distribution',
  )
}
