/** What one is and what was last observed of it. */
import { expectOk } from '../api.ts'
import type { Definition } from '../command.ts'
import { find } from '../nouns/find.ts'
import type { Row } from '../nouns/row.ts'

export const define = (row: Row): Definition<{ session?: string }, [string]> => ({
  arguments: [[`<${row.noun}>`, 'ID or name']],
  options: [...row.where, ...row.server],
  examples: [
    [`weir ${row.noun} describe ${row.example}`, row.described[0]],
    [`weir ${row.noun} describe ${row.example} --json`, row.described[1]],
  ],
  async run(context, flags, name) {
    const it = await find(context, row, name, flags.session)
    const whole = expectOk(await it.in.describe(it.id), `weir ${row.noun} list`)
    if (context.output.json) context.output.data(whole)
    else context.output.record(row.record(whole as never, it))
  },
})
