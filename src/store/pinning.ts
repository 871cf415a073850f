/**
 * Uploaded files in specs: `artifact://NAME` is pinned to the version that is the newest when the spec is admitted, so
 * that no restart changes code by itself; and who uses what is recorded in the same transaction, so that no delete
 * slips between.
 */
import type { Kysely, Selectable } from 'kysely'
import type { ArtifactRef } from '../domain/artifact.ts'
import { artifactUri, filesOf, parseArtifactUri, withFiles } from '../domain/artifact.ts'
import type { Tx } from './access.ts'
import type { MissingArtifact } from './artifact-records.ts'
import type { NewResource } from './resource-records.ts'
import type { ArtifactTable, Tables } from './tables.ts'

type ArtifactRow = Selectable<ArtifactTable>

type Pinned =
  /** `uses`: IDs of the versions that the spec names. */
  { spec: NewResource['spec']; uses: Set<string> } | { missing: MissingArtifact[] }

export async function pinArtifacts(
  tx: Tx,
  { workspace, spec }: Pick<NewResource, 'workspace' | 'spec'>,
): Promise<Pinned> {
  const found = new Map<string, ArtifactRow>()
  const missing: MissingArtifact[] = []
  for (const [uri, path] of filesOf(spec)) {
    const ref = parseArtifactUri(uri)
    if (!ref || found.has(uri)) continue
    const row = await findVersion(tx.db, workspace, ref)
    if (row) found.set(uri, row)
    else missing.push({ ...ref, path, ...(await whatThereIs(tx, workspace, ref)) })
  }
  if (missing.length > 0) return { missing }
  const pinned = withFiles(spec, (uri) => {
    const row = found.get(uri)
    return row ? artifactUri(row) : uri
  })
  return { spec: pinned, uses: new Set([...found.values()].map(({ id }) => id)) }
}

export async function recordUses(tx: Tx, resource: string, uses: ReadonlySet<string>): Promise<void> {
  const rows = [...uses].map((artifact) => ({ resource, artifact }))
  if (rows.length > 0) await tx.db.insertInto('artifact_uses').values(rows).execute()
}

/** That version, or the newest. */
export function findVersion(
  db: Kysely<Tables>,
  workspace: string,
  { name, version }: ArtifactRef,
): Promise<ArtifactRow | undefined> {
  const named = db.selectFrom('artifacts').selectAll().where('workspace', '=', workspace).where('name', '=', name)
  const one = version === undefined ? named.orderBy('version', 'desc').limit(1) : named.where('version', '=', version)
  return one.executeTakeFirst()
}

/** More names than anybody reads; enough to find the one that was meant. */
const MOST_NAMES = 1_000

async function whatThereIs(
  tx: Tx,
  workspace: string,
  { name }: ArtifactRef,
): Promise<Pick<MissingArtifact, 'versions' | 'names'>> {
  const versions = await tx.db
    .selectFrom('artifacts')
    .select('version')
    .where('workspace', '=', workspace)
    .where('name', '=', name)
    .orderBy('version', 'desc')
    .limit(10)
    .execute()
  if (versions.length > 0) return { versions: versions.map(({ version }) => version), names: [] }
  const names = await tx.db
    .selectFrom('artifacts')
    .select('name')
    .distinct()
    .where('workspace', '=', workspace)
    .orderBy('name')
    .limit(MOST_NAMES)
    .execute()
  return { versions: [], names: names.map((row) => row.name) }
}
