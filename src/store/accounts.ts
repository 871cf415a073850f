/** Who may call: organizations, service accounts, and the hashes of keys (never a key). */
import type { Selectable } from 'kysely'
import { isoTime } from '../domain/clock.ts'
import { newResourceId } from '../domain/ids.ts'
import type { Access, Tx } from './access.ts'
import type { ServiceAccountTable } from './tables.ts'
import { insertWorkspace } from './workspaces.ts'

export interface ServiceAccount {
  id: string
  organization: string
  username: string
  description: string
  createdAt: string
  updatedAt: string
}

export interface Organization {
  id: string
  name: string
}

export type Principal = { kind: 'root' } | { kind: 'service-account'; account: ServiceAccount }

export interface Accounts {
  /** First start: organization and workspace `default`, service account `admin`. Does nothing when they are there. */
  bootstrap(): Promise<{ organization: Organization; admin: ServiceAccount }>
  /** Makes a key with that hash (SHA-256, hex) known; a known one changes nothing. */
  ensureKey(key: { hash: string; owner: { kind: 'root' } | { kind: 'service-account'; id: string } }): Promise<void>
  /** Who holds the key of that hash. */
  principal(keyHash: string): Promise<Principal | undefined>
}

export const accountsOf = (access: Access): Accounts => ({
  bootstrap: () =>
    access.write(async (tx) => {
      const at = isoTime(access.clock.now())
      const organization = await firstOrganization(tx, at)
      return { organization, admin: await adminOf(tx, organization.id, at) }
    }),

  ensureKey: ({ hash, owner }) =>
    access.write(async (tx) => {
      const row = {
        hash,
        owner_kind: owner.kind,
        owner_id: owner.kind === 'root' ? null : owner.id,
        created_at: isoTime(access.clock.now()),
      }
      await tx.db
        .insertInto('keys')
        .values(row)
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute()
    }),

  async principal(keyHash) {
    const key = await access.db
      .selectFrom('keys')
      .select(['owner_kind', 'owner_id'])
      .where('hash', '=', keyHash)
      .executeTakeFirst()
    if (!key) return undefined
    if (key.owner_kind === 'root') return { kind: 'root' }
    const account = await access.db
      .selectFrom('service_accounts')
      .selectAll()
      .where('id', '=', key.owner_id)
      .executeTakeFirst()
    return account && { kind: 'service-account', account: accountOf(account) }
  },
})

/** The oldest one; at first start made together with its workspace. */
async function firstOrganization(tx: Tx, at: string): Promise<Organization> {
  const known = await tx.db
    .selectFrom('organizations')
    .select(['id', 'name'])
    .orderBy('sequence')
    .limit(1)
    .executeTakeFirst()
  if (known) return known
  const organization = { id: newResourceId(), name: 'default' }
  await tx.db
    .insertInto('organizations')
    .values({ ...organization, created_at: at, updated_at: at })
    .execute()
  await insertWorkspace(tx, { organization: organization.id, name: 'default' }, at)
  return organization
}

async function adminOf(tx: Tx, organization: string, at: string): Promise<ServiceAccount> {
  const known = await tx.db
    .selectFrom('service_accounts')
    .selectAll()
    .where('organization', '=', organization)
    .where('username', '=', 'admin')
    .executeTakeFirst()
  if (known) return accountOf(known)
  const made = await tx.db
    .insertInto('service_accounts')
    .values({
      id: newResourceId(),
      organization,
      username: 'admin',
      description: 'Made at first start, with every permission',
      created_at: at,
      updated_at: at,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return accountOf(made)
}

const accountOf = (row: Selectable<ServiceAccountTable>): ServiceAccount => ({
  id: row.id,
  organization: row.organization,
  username: row.username,
  description: row.description,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})
