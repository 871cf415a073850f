/** Who may call: organizations, service accounts, and the hashes of keys (never a key). */
import type { ExpressionBuilder, ExpressionWrapper, Selectable, SqlBool } from 'kysely'
import { isoTime } from '../domain/clock.ts'
import { newResourceId } from '../domain/ids.ts'
import type { Access, Tx } from './access.ts'
import type { ServiceAccountTable, Tables } from './tables.ts'
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

export type KeyOwner = { kind: 'root' } | { kind: 'service-account'; id: string }

export interface Key {
  /** The first 16 digits of its hash, in capital letters: whoever has the key can tell which one it is. */
  id: string
  createdAt: string
}

export type Principal = { kind: 'root' } | { kind: 'service-account'; account: ServiceAccount }

export interface Accounts {
  /** First start: organization and workspace `default`, service account `admin`. Does nothing when they are there. */
  bootstrap(): Promise<{ organization: Organization; admin: ServiceAccount }>
  /** Makes a key with that hash (SHA-256, hex) known; a known one changes nothing. False where it was revoked. */
  ensureKey(key: { hash: string; owner: KeyOwner }): Promise<boolean>
  /** The keys of one owner that were not revoked, the oldest first. */
  keys(owner: KeyOwner): Promise<Key[]>
  /** From now on nobody holds that key any more, for good. False where the owner has no such key. */
  revokeKey(owner: KeyOwner, id: string): Promise<boolean>
  /** Who holds the key of that hash; nobody holds a revoked one. */
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
      const known = await tx.db.selectFrom('keys').select('revoked_at').where('hash', '=', hash).executeTakeFirst()
      return known?.revoked_at === null
    }),

  async keys(owner) {
    const rows = await access.db
      .selectFrom('keys')
      .select(['hash', 'created_at'])
      .where(ownedBy(owner))
      .where('revoked_at', 'is', null)
      .orderBy('created_at')
      .orderBy('hash')
      .execute()
    return rows.map(({ hash, created_at: createdAt }) => ({ id: keyId(hash), createdAt }))
  },

  revokeKey: (owner, id) =>
    access.write(async (tx) => {
      // Anything else would be a pattern, or the beginning of several.
      if (!KEY_ID.test(id)) return false
      const { numUpdatedRows } = await tx.db
        .updateTable('keys')
        .set({ revoked_at: isoTime(access.clock.now()) })
        .where(ownedBy(owner))
        .where('revoked_at', 'is', null)
        .where('hash', 'like', `${id.toLowerCase()}%`)
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    }),

  async principal(keyHash) {
    const key = await access.db
      .selectFrom('keys')
      .select(['owner_kind', 'owner_id'])
      .where('hash', '=', keyHash)
      .where('revoked_at', 'is', null)
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

const ID_LENGTH = 16
const KEY_ID = /^[0-9A-F]{16}$/
const keyId = (hash: string): string => hash.slice(0, ID_LENGTH).toUpperCase()

const ownedBy =
  (owner: KeyOwner) =>
  (where: ExpressionBuilder<Tables, 'keys'>): ExpressionWrapper<Tables, 'keys', SqlBool> =>
    owner.kind === 'root'
      ? where('owner_kind', '=', 'root')
      : where.and([where('owner_kind', '=', 'service-account'), where('owner_id', '=', owner.id)])

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
