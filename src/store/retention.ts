/** What a store need not keep for ever, cleared at open and then every hour. */
import type { Access } from './access.ts'
import { CLAIM_LIFE_MS } from './idempotency.ts'

const EVERY_MS = 3600 * 1000
const FEED_ENTRIES = 100_000

/** Expired claims and old feed entries. */
export const prune = (access: Access): Promise<void> =>
  access.write(async (tx) => {
    await tx.db
      .deleteFrom('idempotency')
      .where('claimed_at', '<=', access.clock.now() - CLAIM_LIFE_MS)
      .execute()
    const oldest = await tx.db
      .selectFrom('changes')
      .select('sequence')
      .orderBy('sequence', 'desc')
      .offset(FEED_ENTRIES)
      .limit(1)
      .executeTakeFirst()
    if (oldest) await tx.db.deleteFrom('changes').where('sequence', '<=', oldest.sequence).execute()
  })

/** Prunes now and then until the answer is called. What fails (a full disk) is tried again the next time. */
export function keepPruned(access: Access): () => void {
  let cancel = access.clock.after(EVERY_MS, again)
  function again(): void {
    cancel = access.clock.after(EVERY_MS, again)
    prune(access).catch(() => {})
  }
  return () => cancel()
}
