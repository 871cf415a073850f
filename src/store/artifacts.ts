/** Uploaded files: a row for each version, and who uses it. The bytes are somebody else's business. */
import { type Selectable, sql } from 'kysely'
import type { Artifact, ArtifactRef } from '../domain/artifact.ts'
import { isoTime } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import { newResourceId } from '../domain/ids.ts'
import type { JarInspection } from '../domain/jar.ts'
import type { Access, Tx } from './access.ts'
import type { ArtifactAdded, Artifacts, NewArtifact } from './artifact-records.ts'
import { workspaceOutcome } from './create.ts'
import type { IdempotencyClaim } from './idempotency.ts'
import { earlierClaim, recordClaim } from './idempotency.ts'
import { decodeMarker, itemsWithin, pageOf } from './marker.ts'
import { findVersion } from './pinning.ts'
import { isInspection } from './shapes.ts'
import type { ArtifactTable } from './tables.ts'
import { readJson } from './unreadable.ts'

export const artifactsOf = (access: Access): Artifacts => ({
  add: (artifact, claim) =>
    access.write(async (tx) => {
      const now = access.clock.now()
      const refused = (claim && (await repetition(tx, claim, now))) ?? (await workspaceOutcome(tx, artifact))
      if (refused) return refused
      const newest = await findVersion(tx.db, artifact.workspace, { name: artifact.name })
      const isKnown = newest?.sha256 === artifact.sha256
      const row = isKnown ? newest : await insertVersion(tx, artifact, isoTime(now))
      if (claim) await recordClaim(tx, claim, row.id, now)
      return { outcome: isKnown ? 'SAME_CONTENT' : 'CREATED', artifact: artifactOf(row) }
    }),

  async get(id) {
    const row = await access.db.selectFrom('artifacts').selectAll().where('id', '=', id).executeTakeFirst()
    return row && artifactOf(row)
  },

  async find(workspace, ref: ArtifactRef) {
    const row = await findVersion(access.db, workspace, ref)
    return row && artifactOf(row)
  },

  async list({ workspace, name }, page) {
    let query = access.db
      .selectFrom('artifacts')
      .where('workspace', '=', workspace)
      .where('sequence', '>', decodeMarker('artifact', page.marker))
      .orderBy('sequence')
    if (name !== undefined) query = query.where('name', '=', name)
    const bytes = sql<number>`octet_length(coalesce(inspection, ''))`.as('bytes')
    const sizes = (await query.select(bytes).limit(page.limit).execute()).map((row) => row.bytes)
    const limit = itemsWithin(sizes, page.limit)
    const rows = await query
      .selectAll()
      .limit(limit + 1)
      .execute()
    return pageOf('artifact', rows, { ...page, limit }, (row) => row.sequence, artifactOf)
  },

  remove: (id) =>
    access.write(async (tx) => {
      const by = await tx.db
        .selectFrom('artifact_uses')
        .innerJoin('resources', 'resources.id', 'artifact_uses.resource')
        .select(['resources.id', 'resources.kind', 'resources.name'])
        .where('artifact', '=', id)
        .orderBy('resources.sequence')
        .execute()
      if (by.length > 0) return { outcome: 'IN_USE', by }
      const row = await tx.db.deleteFrom('artifacts').where('id', '=', id).returning('id').executeTakeFirst()
      return { outcome: row ? 'REMOVED' : 'MISSING' }
    }),

  async holds(sha256) {
    return (
      (await access.db
        .selectFrom('artifacts')
        .select('id')
        .where('sha256', '=', sha256)
        .limit(1)
        .executeTakeFirst()) !== undefined
    )
  },
})

async function repetition(tx: Tx, claim: IdempotencyClaim, now: number): Promise<ArtifactAdded | undefined> {
  const earlier = await earlierClaim(tx, claim, now)
  if (earlier === undefined) return undefined
  if (earlier === 'OTHER_BODY') return { outcome: 'KEY_REUSED' }
  const row = await tx.db.selectFrom('artifacts').selectAll().where('id', '=', earlier.resource).executeTakeFirst()
  return row ? { outcome: 'REPEATED', artifact: artifactOf(row) } : { outcome: 'GONE' }
}

type ArtifactRow = Selectable<ArtifactTable>

async function insertVersion(tx: Tx, { workspace, name, ...content }: NewArtifact, at: string): Promise<ArtifactRow> {
  const { last_version: version } = await tx.db
    .insertInto('artifact_names')
    .values({ workspace, name, last_version: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['workspace', 'name'])
        .doUpdateSet((to) => ({ last_version: to('artifact_names.last_version', '+', 1) })),
    )
    .returning('last_version')
    .executeTakeFirstOrThrow()
  return tx.db
    .insertInto('artifacts')
    .values({
      id: newResourceId(),
      workspace,
      name,
      version,
      size_bytes: content.sizeBytes,
      sha256: content.sha256,
      created_at: at,
      content_type: content.contentType ?? null,
      inspection: content.inspection === undefined ? null : JSON.stringify(content.inspection),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

const artifactOf = (row: ArtifactRow): Artifact => ({
  id: row.id,
  workspace: row.workspace,
  name: row.name,
  version: row.version,
  sizeBytes: row.size_bytes,
  sha256: row.sha256,
  ...(row.content_type === null ? {} : { contentType: row.content_type }),
  createdAt: row.created_at,
  ...defined({
    inspection: row.inspection === null ? undefined : readJson<JarInspection>(row.inspection, isInspection),
  }),
})
