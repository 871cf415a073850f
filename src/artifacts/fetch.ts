/**
 * Fetches the files that specs name and that Flink doesn't fetch itself: http(s) and the server's own folders.
 *
 * May import the domain. Must never connect to an address or read a file that the server's owner didn't open, and never
 * let a URI's credentials into a message. Fails with FILE_UNAVAILABLE (retryable where another try may do) and DISK_FULL.
 */
import { Agent } from 'undici'
import type { Artifacts } from './artifacts.ts'
import { addressRule, guardedLookup } from './addresses.ts'
import { copyLocal } from './local.ts'
import { isFileUri, isWebUri, unavailable } from './uri.ts'
import { download } from './web.ts'

export interface ArtifactsOptions {
  /** Folders whose files `file://` URIs may name. */
  fileRoots: readonly string[]
  /** Ranges (CIDR) of loopback, private and other special addresses that http(s) URIs may lead to all the same. */
  allowAddresses: readonly string[]
  /** The largest file that is taken; default 2 GiB. */
  maxBytes?: number
  timeouts?: Partial<typeof TIMEOUTS>
}

const TIMEOUTS = {
  /** Looking up the name, TCP and TLS together. */
  connectMs: 10_000,
  /** From the request to the first byte, and between two bytes. */
  stallMs: 60_000,
}

/** Throws an Error with the value when a range of `allowAddresses` isn't one. */
export function createArtifacts(options: ArtifactsOptions): Artifacts {
  const maxBytes = options.maxBytes ?? 2 * 1024 ** 3
  const { connectMs, stallMs } = { ...TIMEOUTS, ...options.timeouts }
  const rule = addressRule(options.allowAddresses)
  const dispatcher = new Agent({
    connect: { timeout: connectMs, lookup: guardedLookup(rule) },
    headersTimeout: stallMs,
    bodyTimeout: stallMs,
  })
  return {
    fetch: async (uri, folder, fetchOptions = {}) => {
      fetchOptions.signal?.throwIfAborted()
      if (isWebUri(uri)) return download(uri, folder, fetchOptions, { dispatcher, rule, maxBytes })
      if (isFileUri(uri)) return copyLocal(uri, folder, fetchOptions, { fileRoots: options.fileRoots, maxBytes })
      throw unknownScheme(uri)
    },
  }
}

function unknownScheme(uri: string): Error {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(uri) ?? []
  const what = scheme ? `this version of Weir does not fetch ${scheme}: URIs` : 'it has no scheme'
  return unavailable(
    uri, `${what}; what works are http:// and https://, file:// below a folder that the server was started with (--file-root DIR), ` +
      'and local:///opt/flink/... for files of the Flink distribution')
}
