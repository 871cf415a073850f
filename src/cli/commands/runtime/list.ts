import { examples } from '../../program.ts'
import { makeOutput } from '../../output.ts'
import type { Column } from '../../output.ts'
import { openDistributions } from '../../server.ts'
import type { Define } from '../../tree.ts'

interface Row {
  runtime: string
  flinkVersion: string
  installed: boolean
  source?: string
  home?: string
}

const COLUMNS: Column<Row>[] = [
  { header: 'RUNTIME', value: (row) => row.runtime },
  { header: 'FLINK', value: (row) => row.flinkVersion },
  { header: 'INSTALLED', value: (row) => (row.installed ? 'yes' : 'no'), style: (text) => (text === 'yes' ? 'green' : undefined) },
  { header: 'SOURCE', value: (row) => row.source },
  { header: 'FLINK_HOME', value: (row) => row.home },
]

export const define: Define = (command, io) => {
  command
    .description('List the Flink versions that Weir knows and which are installed on this machine. Needs no server.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(
      ['weir runtime list', 'runtime, version, installed or not, source, folder'],
      ['weir api GET /api/flink/v1/workspaces/{ws}/runtimes', 'what a server offers'],
    ))
    .action(async (flags: { json?: boolean }) => {
      const { catalogue, distributions } = await openDistributions()
      const installed = new Map((await distributions.list()).map((one) => [one.version, one]))
      const rows = catalogue.map(({ runtime, version }): Row => {
        const found = installed.get(version)
        const more = found ? { source: found.source, home: found.home } : {}
        return { runtime, flinkVersion: version, installed: found !== undefined, ...more }
      })
      const output = makeOutput(io, flags)
      if (output.json) output.data({ items: rows })
      else output.table(rows, COLUMNS)
    })
}
