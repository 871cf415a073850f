/** Who is calling: from the `Authorization` header to an identity. */
import { hashKey, isKey } from './keys.ts'

export interface ServiceAccountIdentity {
  id: string
  organization: string
  username: string
  description: string
  createdAt: string
  updatedAt: string
}

export type Identity = { kind: 'root' } | { kind: 'service-account'; account: ServiceAccountIdentity }

/** Where keys are looked up; the store's accounts are one. */
export interface KeyDirectory {
  principal(keyHash: string): Promise<Identity | undefined>
}

/** `reason` is for the log. The caller isn't told which it was. */
export type Identification = { identity: Identity } | { identity?: never; reason: 'missing' | 'malformed' | 'unknown' }

const BEARER = /^Bearer +(\S+)$/i

/** Throws only what the directory throws. */
export async function identify(directory: KeyDirectory, header: string | undefined): Promise<Identification> {
  if (header === undefined || header.trim() === '') return { reason: 'missing' }
  const token = BEARER.exec(header.trim())?.[1]
  if (token === undefined || !isKey(token)) return { reason: 'malformed' }
  // The lookup is by hash, so how long it takes tells nothing about how much of a guessed key was right.
  const identity = await directory.principal(hashKey(token))
  return identity === undefined ? { reason: 'unknown' } : { identity }
}

/** The descriptor that events and idempotency claims are recorded under: `service-account:ID`, or `root`. */
export const describeIdentity = (identity: Identity): string =>
  identity.kind === 'root' ? 'root' : `service-account:${identity.account.id}`
