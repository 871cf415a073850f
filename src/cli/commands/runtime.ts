/** Flink distributions on this machine; none of these commands needs a server. */
import { defined } from '../../domain/defined.ts'
import type { Definition } from '../command.ts'
import { CliError, EXIT } from '../errors.ts'
import type { Column } from '../output.ts'
import { progressBar } from '../progress-bar.ts'
import { findRuntime } from '../runtimes.ts'
import { openDistributions, runtimesOnMachine } from '../server.ts'

type Found = Awaited<ReturnType<typeof runtimesOnMachine>>[number]

interface Row extends Partial<Pick<NonNullable<Found['installed']>, 's3Plugin' | 'source' | 'home'>> {
  runtime: string
  flinkVersion: string
  installed: boolean
  java: Found['java']
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

/** `11, 17`; those that Flink calls experimental in brackets. */
const releases = ({ supported, experimental }: Found['java']): string =>
  [...supported.toSorted((a, b) => a - b), ...experimental.map((release) => `(${release})`)].join(', ')

export const list: Definition = {
  description:
    'List the Flink versions that Weir knows, which are installed on this machine, ' +
    'and the Java that each would be run with. Needs no server.',
  options: [['--json', 'print JSON']],
  examples: [
    ['weir runtime list', 'with supported and used Java, S3 plugin, source and folder'],
    ['weir api GET /api/flink/v1/workspaces/{ws}/runtimes', 'what a server offers'],
  ],
  async run({ io, output }) {
    const rows = (await runtimesOnMachine(io.env)).map(({ id, flinkVersion, installed, java }): Row => {
      const { source, home, s3Plugin } = installed ?? {}
      return { runtime: id, flinkVersion, installed: !!installed, java, ...defined({ s3Plugin, source, home }) }
    })
    output.list(rows, COLUMNS, '')
    // A script finds them in --json; for people they belong beside the table.
    const notes = output.json || !output.tty ? [] : rows.flatMap(({ java }) => java.note ?? [])
    for (const note of new Set(notes)) output.line(note)
  },
}

export const install: Definition<object, [string[]]> = {
  description:
    'Install Flink distributions ahead of time. ' +
    'A session that needs one installs it by itself otherwise. Needs no server.',
  arguments: [['<runtime...>', 'FLINK_1_20, 1.20 or 1.20.5; "all" for every one']],
  options: [['--json', 'print JSON']],
  examples: [
    ['weir runtime install FLINK_1_20', 'one'],
    ['weir runtime install 1.17 1.20 2.3', 'several'],
  ],
  async run({ io, output }, _, names) {
    const { catalogue, distributions } = await openDistributions()
    const wanted = names.includes('all') ? [...catalogue] : names.map((name) => findRuntime(catalogue, name))
    const abort = new AbortController()
    const stopListening = io.onStop(() => abort.abort())
    const items = []
    for (const { runtime, version } of wanted) {
      const bar = progressBar(io, `Flink ${version}`)
      const { source, home } = await distributions
        .install(version, bar.update, abort.signal)
        .catch((error: unknown) => {
          if (abort.signal.aborted)
            throw new CliError(EXIT.interrupted, `stopped; nothing of Flink ${version} is left half-installed`)
          const next = `export FLINK_HOME=/path/to/flink-${version}   (uses one that you have)`
          throw new CliError(EXIT.failed, (error as Error).message, { next, cause: error })
        })
        .finally(bar.stop)
      items.push({ runtime, flinkVersion: version, source, home })
      const row = [runtime, version, source, home]
      if (!output.json) output.line(output.tty ? `${runtime} is installed: ${home} (${source})` : row.join('\t'))
    }
    stopListening()
    if (output.json) output.data({ items })
  },
}

export const remove: Definition<object, [string]> = {
  description:
    'Remove an installed Flink distribution from this machine; a FLINK_HOME of your own is never removed. ' +
    'Sessions that run on it lose their files: stop them first. Needs no server.',
  arguments: [['<runtime>', 'FLINK_1_20, 1.20 or 1.20.5']],
  examples: [['weir runtime remove FLINK_1_17', 'it can be installed again']],
  async run({ output }, _, name) {
    const { catalogue, distributions } = await openDistributions()
    const { runtime, version } = findRuntime(catalogue, name)
    if (!(await distributions.remove(version))) {
      const message = `${runtime} (Flink ${version}) is not installed`
      throw new CliError(EXIT.notFound, message, { next: 'weir runtime list' })
    }
    output.line(output.tty ? `${runtime} (Flink ${version}) is removed` : [runtime, version].join('\t'))
  },
}
