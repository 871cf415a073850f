/** Lists, of jobs with the session that each is in. */
import type { Unreadable } from '../api.ts'
import type { Definition } from '../command.ts'
import { listAll } from '../nouns/find.ts'
import type { Row } from '../nouns/row.ts'
import { plain } from '../output.ts'

interface Flags {
  session?: string
  state?: string
  label?: string
  query?: string
  sort?: string
}

export const define = ({ list, ...row }: Row): Definition<Flags> => ({
  ...list,
  options: [...(list.options ?? []), ...row.server],
  async run(context, { session, state, label, query, sort }) {
    const rows = []
    const leftOut: Unreadable[] = []
    for (const at of await row.collections(context, session)) {
      const items = await listAll(at.in, { state: state?.toUpperCase(), label, q: query, sort }, (record) =>
        leftOut.push(record),
      )
      rows.push(...items.map((item) => (at.session ? { ...item, session: at.session.name } : item)))
    }
    context.output.list(rows, list.columns, list.none)
    for (const { name, message } of leftOut) context.io.err(`not listed: ${plain(name)}. ${plain(message)}\n`)
  },
})
