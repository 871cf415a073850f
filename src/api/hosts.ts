/**
 * Which `Host` a request may be sent to. A page of somebody else can have its own name lead to this server's address
 * (DNS rebinding), and its browser then takes the server for a part of that page; but the name stays in `Host`.
 */
import { isIP } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { ApiError } from './errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered whatever the `Host` is: it tells nothing, and whoever watches the server may use any name. */
    anyHost?: boolean
  }
}

/**
 * The host of a `Host` header in small letters, without the port, the brackets of an IPv6 address and the dot of a
 * fully qualified name; undefined where it is none.
 */
function hostOf(header: string): string | undefined {
  const url = /^[A-Za-z0-9._:[\]-]+$/.test(header) ? URL.parse(`http://${header}`) : null
  return url?.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

/**
 * Always allowed are addresses, since no name led there, and the names of this machine to itself. Every other name must
 * be among `names`, which are as `hostOf` has them.
 */
function isAllowedHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  // Browsers always send one; HTTP/1.0 has none.
  if (header === undefined) return true
  const host = hostOf(header)
  if (host === undefined) return false
  return isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost') || names.has(host)
}

/** Before anything else is looked at; a valid key makes no difference, for the browser of a page may have been given one. */
export function checkHosts(app: FastifyInstance, allowed: readonly string[]): void {
  const names = new Set(allowed.flatMap((name) => hostOf(name) ?? []))
  app.addHook('onRequest', async ({ headers: { host }, routeOptions }) => {
    if (routeOptions.config?.anyHost || isAllowedHost(host, names)) return
    const name = hostOf(host ?? '')
    throw new ApiError(
      'HOST_NOT_ALLOWED',
      `This server does not answer to the host ${JSON.stringify((host ?? '').slice(0, 253))}: use its address, or have it started ` +
        `with --allowed-host ${name === undefined ? 'NAME' : name} (WEIR_ALLOWED_HOST).`,
    )
  })
}
