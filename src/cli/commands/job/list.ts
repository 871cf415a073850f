import type { Summary } from '../../collections.ts'
import { jobsOf } from '../../collections.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { sessionOption } from '../../options.ts'
import type { Column } from '../../output.ts'
import { examples } from '../../program.ts'
import { allSessions, findSession, listAll } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import { printList, SUMMARY_COLUMNS } from '../../verbs/list.ts'

interface Flags extends ServerOptions {
  session?: string
  state?: string
  label?: string
}

type Row = Summary & { session: string }

const COLUMNS: Column<Row>[] = [...SUMMARY_COLUMNS, { header: 'SESSION', value: (row) => row.session }]

export const define: Define = (command, io) => {
  sessionOption(command, 'only those of this session')
    .option('--state <state>', 'only those in this state')
    .option('--label <key[=value]>', 'only those with this label')
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir job list', 'of all sessions'],
        ['weir job list --session demo --state FAILED', 'those of one session that need a look'],
      ),
    )
    .action(async (flags: Flags) => {
      const context = openContext(io, flags)
      const query = { state: flags.state?.toUpperCase(), label: flags.label }
      const sessions =
        flags.session === undefined ? await allSessions(context) : [await findSession(context, flags.session)]
      const rows: Row[] = []
      for (const session of sessions) {
        const jobs = await listAll(await jobsOf(context, session.id), query)
        rows.push(...jobs.map((job) => ({ ...job, session: session.name })))
      }
      printList(context, rows, COLUMNS, 'no jobs here yet: weir job create --help')
    })
}
