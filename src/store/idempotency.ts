/** `Idempotency-Key`: which resource a caller's key made, kept for 24 hours in the transaction that made it. */
import { createHash } from 'node:crypto'
import type { Tx } from './access.ts'

/** A caller's `Idempotency-Key` with what it is bound to; `bodyHash` tells whether the body is the same. */
export interface IdempotencyClaim {
  identity: string
  method: string
  path: string
  key: string
  bodyHash: string
}

export const CLAIM_LIFE_MS = 24 * 3600 * 1000

/** What was claimed before: a resource, by the same body, or by another. */
export type EarlierClaim = { resource: string } | 'OTHER_BODY' | undefined

export async function earlierClaim(tx: Tx, claim: IdempotencyClaim, now: number): Promise<EarlierClaim> {
  const row = await tx.db.selectFrom('idempotency').selectAll().where('claim', '=', digest(claim)).executeTakeFirst()
  if (!row || row.claimed_at <= now - CLAIM_LIFE_MS) return undefined
  return row.body_hash === claim.bodyHash ? { resource: row.resource } : 'OTHER_BODY'
}

export async function recordClaim(tx: Tx, claim: IdempotencyClaim, resource: string, now: number): Promise<void> {
  const row = { claim: digest(claim), body_hash: claim.bodyHash, resource, claimed_at: now }
  await tx.db
    .insertInto('idempotency')
    .values(row)
    .onConflict((conflict) => conflict.column('claim').doUpdateSet(row))
    .execute()
}

/** One column of a fixed width whatever callers send: PostgreSQL indexes no more than 2,700 bytes. */
const digest = ({ identity, method, path, key }: IdempotencyClaim): string =>
  createHash('sha256')
    .update(JSON.stringify([identity, method, path, key]))
    .digest('hex')
