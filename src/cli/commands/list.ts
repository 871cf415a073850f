/** Lists, of jobs with the session that each is in. */
import type { Definition } from '../command.ts'
import { listAll } from '../nouns/find.ts'
import type { Row } from '../nouns/row.ts'

interface Flags {
  session?: string
  state?: string
  label?: string
}

export const define = ({ list, ...row }: Row): Definition<Flags> => ({
  ...list,
  options: [...(list.options ?? []), ...row.server],
  async run(context, { session, state, label }) {
    const rows = []
    for (const at of await row.collections(context, session)) {
      const items = await listAll(at.in, { state: state?.toUpperCase(), label })
      rows.push(...items.map((item) => (at.session ? { ...item, session: at.session.name } : item)))
    }
    context.output.list(rows, list.columns, list.none)
  },
})
