/** The timeline: what happened, why, by whom; the newest last. */
import type { ResourceEvent } from '../../api/client/generated/types.gen.ts'
import type { Context } from '../context.ts'
import type { Column } from '../output.ts'
import { age } from '../output.ts'
import type { Located } from '../resources.ts'
import { allPages } from '../resources.ts'
import { printList } from './list.ts'

const COLUMNS: Column<ResourceEvent>[] = [
  { header: 'AGE', value: (event) => event.at, human: (event) => age(event.at) },
  {
    header: 'SEVERITY',
    value: (event) => event.severity,
    style: (text) => (text === 'WARNING' ? 'yellow' : undefined),
  },
  { header: 'REASON', value: (event) => event.reason },
  { header: 'MESSAGE', value: (event) => event.message },
]

export async function printEvents(context: Context, it: Located): Promise<void> {
  const events = await allPages((marker) => it.in.events(it.id, marker))
  events.sort((a, b) => a.id - b.id)
  printList(context, events, COLUMNS, `nothing has happened to ${it.kind} ${it.name} yet`)
}
