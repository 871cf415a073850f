import type { Column } from '../../output.ts'
import { makeOutput } from '../../output.ts'
import { examples } from '../../program.ts'
import { runtimesOnMachine } from '../../server.ts'
import type { Define } from '../../tree.ts'

type Seen = Awaited<ReturnType<typeof runtimesOnMachine>>[number]

interface Row {
  runtime: string
  flinkVersion: string
  installed: boolean
  java: Seen['java']
  s3Plugin?: string
  source?: string
  home?: string
}

const COLUMNS: Column<Row>[] = [
  { header: 'RUNTIME', value: (row) => row.runtime },
  { header: 'FLINK', value: (row) => row.flinkVersion },
  {
    header: 'INSTALLED',
    value: (row) => (row.installed ? 'yes' : 'no'),
    style: (text) => (text === 'yes' ? 'green' : undefined),
  },
  { header: 'SUPPORTED JAVA', value: ({ java }) => releases(java) },
  { header: 'RUNS WITH', value: (row) => row.java.used?.version },
  { header: 'S3 PLUGIN', value: (row) => row.s3Plugin },
  { header: 'SOURCE', value: (row) => row.source },
  { header: 'FLINK_HOME', value: (row) => row.home },
]

export const define: Define = (command, io) => {
  command
    .description(
      'List the Flink versions that Weir knows, which are installed on this machine, and the Java that each would be run with. Needs no server.',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        ['weir runtime list', 'with supported and used Java, S3 plugin, source and folder'],
        ['weir api GET /api/flink/v1/workspaces/{ws}/runtimes', 'what a server offers'],
      ),
    )
    .action(async (flags: { json?: boolean }) => {
      const rows = (await runtimesOnMachine(io.env)).map(rowOf)
      const output = makeOutput(io, flags)
      if (output.json) return output.data({ items: rows })
      output.table(rows, COLUMNS)
      // A script finds them in --json; for people they belong beside the table.
      if (output.tty) for (const note of new Set(rows.flatMap(({ java }) => java.note ?? []))) output.line(note)
    })
}

function rowOf({ id, flinkVersion, installed, java }: Seen): Row {
  const { source, home, s3Plugin } = installed ?? {}
  return {
    runtime: id,
    flinkVersion,
    installed: installed !== undefined,
    java,
    ...(s3Plugin !== undefined && { s3Plugin }),
    ...(source && { source }),
    ...(home !== undefined && { home }),
  }
}

/** `11, 17`; those that Flink calls experimental in brackets. */
const releases = ({ supported, experimental }: Seen['java']): string =>
  [...supported.toSorted((a, b) => a - b), ...experimental.map((release) => `(${release})`)].join(', ')
