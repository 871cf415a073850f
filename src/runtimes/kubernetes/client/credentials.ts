/**
 * Headers that tell the API server who asks, renewed where they don't last. They are secrets: they go into requests
 * only.
 */
import { readFile } from 'node:fs/promises'

import type { Clock } from '../../../domain/clock.ts'
import type { KubeAuth } from '../../../domain/kubernetes.ts'
import { eksToken } from './eks-token.ts'

export interface Credentials {
  /** A promise only where the headers must be fetched first. */
  headers(): Record<string, string> | Promise<Record<string, string>>
  /** The API server refused what `headers` gave (401). Answers whether the next call may give something else. */
  refused(): boolean
}

/** Tokens of service accounts are replaced long before they end; client-go looks as often. */
const READ_AGAIN_MS = 60_000
/** EKS takes a signed request for 15 minutes. */
const SIGN_AGAIN_MS = 14 * 60_000

export function credentialsOf(auth: KubeAuth, context: { clock: Clock; tokenFile: string }): Credentials {
  const { bearerToken, basic, awsEksIam, inCluster } = auth
  if (inCluster) {
    return renewed(context.clock, READ_AGAIN_MS, async () => bearer((await readFile(context.tokenFile, 'utf8')).trim()))
  }
  if (awsEksIam) return renewed(context.clock, SIGN_AGAIN_MS, () => bearer(eksToken(awsEksIam, context.clock.now())))
  if (bearerToken) return lasting(bearer(bearerToken.token.trim()))
  if (basic)
    return lasting({ authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}` })
  return lasting({})
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

const lasting = (headers: Record<string, string>): Credentials => ({ headers: () => headers, refused: () => false })

/** Made when first wanted, kept for `ms`, and made anew after a refusal. */
function renewed(
  clock: Clock,
  ms: number,
  make: () => Record<string, string> | Promise<Record<string, string>>,
): Credentials {
  let known: { headers: Record<string, string>; at: number } | undefined
  const keep = (headers: Record<string, string>, at: number): Record<string, string> => {
    known = { headers, at }
    return headers
  }
  return {
    headers() {
      const now = clock.now()
      if (known && now - known.at < ms) return known.headers
      const made = make()
      if (!(made instanceof Promise)) return keep(made, now)
      // A file that can't be read for a moment is no reason to drop a token that still works.
      const last = known?.headers
      return made.then(
        (headers) => keep(headers, now),
        (error: unknown) => {
          if (last) return last
          throw error
        },
      )
    },
    refused() {
      known = undefined
      return true
    },
  }
}
