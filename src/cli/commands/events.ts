/** The timeline: what happened, why, by whom; the newest last. */
import type { ResourceEvent } from '../../api/client/generated/types.gen.ts'
import { allPages } from '../api.ts'
import type { Definition } from '../command.ts'
import { find } from '../nouns/find.ts'
import type { Resources, Row } from '../nouns/row.ts'
import type { Column } from '../output.ts'
import { age } from '../output.ts'

const COLUMNS: Column<ResourceEvent>[] = [
  { header: 'AGE', value: (event) => event.at, human: (event) => age(event.at) },
  {
    header: 'SEVERITY',
    value: ({ severity }) => severity,
    style: (text) => (text === 'WARNING' ? 'yellow' : undefined),
  },
  { header: 'REASON', value: (event) => event.reason },
  { header: 'MESSAGE', value: (event) => event.message },
]

export const define = (row: Row<Resources>): Definition<{ session?: string }, [string]> => ({
  arguments: [[`<${row.noun}>`, 'ID or name']],
  options: [...row.where, ...row.server],
  examples: [[`weir ${row.noun} events ${row.example}`, 'what happened, the newest last']],
  async run(context, { session }, text) {
    const it = await find(context, row, text, session)
    const events = await allPages((marker) => it.in.events(it.id, { marker }))
    events.sort((a, b) => a.id - b.id)
    context.output.list(events, COLUMNS, `nothing has happened to ${row.noun} ${it.name} yet`)
  },
})
