/** Timelines: what happened to a resource, in words for people. The newest thousand are kept. */

import type { Selectable } from 'kysely'
import { isoTime } from '../domain/clock.ts'
import type { NewEvent, ResourceEvent } from '../domain/resource.ts'
import type { Access, Tx } from './access.ts'
import type { Page, PageQuery } from './marker.ts'
import { decodeMarker, pageOf } from './marker.ts'
import type { Tables } from './tables.ts'

export interface Events {
  append(resource: string, event: NewEvent): Promise<void>
  list(resource: string, page: PageQuery): Promise<Page<ResourceEvent>>
}

const KEPT = 1000

export const eventsOf = (access: Access): Events => ({
  append: (resource, event) =>
    access.write(async (tx) => {
      const there = await tx.db.selectFrom('resources').select('id').where('id', '=', resource).executeTakeFirst()
      if (there) await insertEvent(tx, resource, isoTime(access.clock.now()), event)
    }),

  async list(resource, page) {
    const rows = await access.db
      .selectFrom('events')
      .selectAll()
      .where('resource', '=', resource)
      .where('id', '>', decodeMarker('event', page.marker))
      .orderBy('id')
      .limit(page.limit + 1)
      .execute()
    return pageOf('event', rows, page, (row) => row.id, eventOf)
  },
})

/** Records an event of a resource that is there; one whose key is known already is left out. */
export async function insertEvent(tx: Tx, resource: string, at: string, event: NewEvent): Promise<void> {
  const { severity, reason, message, by = 'system', key = null } = event
  const inserted = await tx.db
    .insertInto('events')
    .values({ resource, at, severity, reason, message, by, key })
    .onConflict((conflict) => conflict.columns(['resource', 'key']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!inserted) return
  const oldest = await tx.db
    .selectFrom('events')
    .select('id')
    .where('resource', '=', resource)
    .orderBy('id', 'desc')
    .offset(KEPT)
    .limit(1)
    .executeTakeFirst()
  if (oldest) await tx.db.deleteFrom('events').where('resource', '=', resource).where('id', '<=', oldest.id).execute()
}

const eventOf = ({ id, resource, at, severity, reason, message, by }: Selectable<Tables['events']>): ResourceEvent => ({
  id,
  resource,
  at,
  severity,
  reason,
  message,
  by,
})
