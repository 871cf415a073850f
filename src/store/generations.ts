/** Intended clusters: recorded before anything of them exists, numbered from 1 for each resource. */
import type { Selectable } from 'kysely'
import { isoTime } from '../domain/clock.ts'
import type { ClusterRef, EffectiveClusterSpec, Generation, GenerationEnd } from '../domain/cluster.ts'
import type { Access, Tx } from './access.ts'
import { isEffectiveSpec, isGenerationEnd } from './shapes.ts'
import type { Tables } from './tables.ts'
import { readJson } from './unreadable.ts'

export interface Generations {
  list(resource: string): Promise<Generation[]>
  /** Records the intent of the next generation; its number is one more than the last. */
  begin(resource: string, spec: EffectiveClusterSpec): Promise<Generation>
  up(ref: ClusterRef): Promise<void>
  /** Only the first end counts. */
  end(ref: ClusterRef, end: GenerationEnd): Promise<void>
  removed(ref: ClusterRef): Promise<void>
}

/** How many that left nothing behind are remembered: a cluster that ends every hour must not fill the store. */
const REMEMBERED = 100

export function generationsOf(access: Access): Generations {
  const now = () => isoTime(access.clock.now())
  return {
    async list(resource) {
      const rows = await access.db
        .selectFrom('generations')
        .selectAll()
        .where('resource', '=', resource)
        .orderBy('generation')
        .execute()
      return rows.map((row) => generationOf(access, row))
    },

    begin: (resource, spec) =>
      access.write(async (tx) => {
        const last = await tx.db
          .selectFrom('generations')
          .select('generation')
          .where('resource', '=', resource)
          .orderBy('generation', 'desc')
          .limit(1)
          .executeTakeFirst()
        const generation = (last?.generation ?? 0) + 1
        const row = { resource, generation, spec: JSON.stringify(spec), created_at: now() }
        await forget(tx, resource, generation - REMEMBERED)
        const begun = await tx.db.insertInto('generations').values(row).returningAll().executeTakeFirstOrThrow()
        return generationOf(access, begun)
      }),

    up: (ref) => stamp(access, ref, 'up_at', { up_at: now() }),
    end: (ref, end) => stamp(access, ref, 'ended_at', { ended_at: now(), ending: JSON.stringify(end) }),
    removed: (ref) => stamp(access, ref, 'removed_at', { removed_at: now() }),
  }
}

/** Only the first time counts. */
const stamp = (
  access: Access,
  { resource, generation }: ClusterRef,
  once: 'up_at' | 'ended_at' | 'removed_at',
  set: Partial<Tables['generations']>,
): Promise<void> =>
  access.write(async (tx) => {
    await tx.db
      .updateTable('generations')
      .set(set)
      .where('resource', '=', resource)
      .where('generation', '=', generation)
      .where(once, 'is', null)
      .execute()
  })

async function forget(tx: Tx, resource: string, until: number): Promise<void> {
  if (until < 1) return
  await tx.db
    .deleteFrom('generations')
    .where('resource', '=', resource)
    .where('generation', '<=', until)
    .where('removed_at', 'is not', null)
    .execute()
}

/** In place of an end that can't be read, and of that of a cluster whose spec can't be: nobody can keep that one up. */
const END_UNKNOWN: GenerationEnd = {
  kind: 'LOST',
  code: 'RECORD_UNREADABLE',
  message: 'what the cluster was started with cannot be read any more in the store, so it is replaced',
  retryable: true,
}

function generationOf({ unreadable }: Access, row: Selectable<Tables['generations']>): Generation {
  const spec = readJson<EffectiveClusterSpec>(row.spec, isEffectiveSpec)
  const end = row.ending === null ? undefined : (readJson<GenerationEnd>(row.ending, isGenerationEnd) ?? END_UNKNOWN)
  const id = `${row.resource}/${row.generation}`
  if (!spec) unreadable.note({ kind: 'generation', id, column: 'spec' })
  if (end === END_UNKNOWN) unreadable.note({ kind: 'generation', id, column: 'ending' })
  const endedAt = row.ended_at ?? (spec ? null : row.created_at)
  return {
    resource: row.resource,
    generation: row.generation,
    spec: spec ?? NO_SPEC,
    createdAt: row.created_at,
    ...(row.up_at === null ? {} : { upAt: row.up_at }),
    ...(endedAt === null ? {} : { endedAt, end: end ?? END_UNKNOWN }),
    ...(row.removed_at === null ? {} : { removedAt: row.removed_at }),
  }
}

/** Of a cluster that is only to be removed. */
const NO_SPEC: EffectiveClusterSpec = {
  name: '',
  workspace: '',
  runtime: 'FLINK_2_3',
  flinkConfiguration: {},
  logConfiguration: {},
  jars: [],
  plugins: [],
  jobManager: { memoryBytes: 0, cpu: 0 },
  taskManager: { memoryBytes: 0, cpu: 0, slots: 0 },
  initialTaskManagers: 0,
}
