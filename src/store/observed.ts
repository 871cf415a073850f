/**
 * Writing down what was seen. Most looks see what the last one saw: of those the time alone is kept, in memory
 * (observed-times.ts). Ten thousand idle sessions cost next to nothing.
 */
import { isDeepStrictEqual } from 'node:util'
import { isoTime } from '../domain/clock.ts'
import type { Access, Tx } from './access.ts'
import { appendChange } from './changes.ts'
import { insertEvent } from './events.ts'
import type { Resources } from './resource-records.ts'
import { statusColumns } from './rows.ts'
import { isStatus } from './shapes.ts'
import type { ResourceRow } from './tables.ts'
import { readJson } from './unreadable.ts'

type Observation = Parameters<Resources['observed']>[1]

export const observing =
  (access: Access): Resources['observed'] =>
  async (id, observation) => {
    const row = await access.db
      .selectFrom('resources')
      .select(['state', 'status', 'observed_at'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (!row) return
    const { observedAt: at } = observation.status
    const isNews = (observation.events ?? []).length > 0 || visible(row, observation)
    if (isNews || (at === undefined && row.observed_at !== null))
      await access.write((tx) => write(tx, id, observation, isoTime(access.clock.now())))
    else if (at !== undefined) access.times.again([id], at)
  }

async function write(tx: Tx, id: string, observation: Observation, at: string): Promise<void> {
  // Once more, now that nobody else writes: it may have been removed.
  const row = await tx.db.selectFrom('resources').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) return
  for (const event of observation.events ?? []) await insertEvent(tx, id, at, event)
  const observed_sequence = visible(row, observation) ? await appendChange(tx, row, 'OBSERVED') : row.observed_sequence
  const columns = statusColumns(observation.status)
  await tx.db
    .updateTable('resources')
    .set({ state: observation.state, ...columns, observed_sequence })
    .where('id', '=', id)
    .execute()
  tx.times.forget(row)
  tx.listed.push({ row: { ...row, state: observation.state, observed_at: columns.observed_at } })
}

function visible(row: Pick<ResourceRow, 'state' | 'status'>, { state, status }: Observation): boolean {
  if (row.state !== state) return true
  const observation = statusColumns(status).status
  return observation !== row.status && !isDeepStrictEqual(JSON.parse(observation), readJson(row.status, isStatus))
}
