import { CliError, EXIT } from '../../errors.ts'
import { makeOutput } from '../../output.ts'
import { examples } from '../../program.ts'
import { progressBar } from '../../progress-bar.ts'
import { findRuntime } from '../../runtimes.ts'
import { openDistributions } from '../../server.ts'
import type { Define } from '../../tree.ts'

export const define: Define = (command, io) => {
  command
    .description(
      'Install Flink distributions ahead of time. A session that needs one installs it by itself otherwise. Needs no server.',
    )
    .argument('<runtime...>', 'FLINK_1_20, 1.20 or 1.20.5; "all" for every one')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(['weir runtime install FLINK_1_20', 'one'], ['weir runtime install 1.17 1.20 2.3', 'several']),
    )
    .action(async (names: string[], flags: { json?: boolean }) => {
      const { catalogue, distributions } = await openDistributions()
      const wanted = names.includes('all') ? [...catalogue] : names.map((name) => findRuntime(catalogue, name))
      const output = makeOutput(io, flags)
      const abort = new AbortController()
      const stopListening = io.onStop(() => abort.abort())
      const items = []
      for (const { runtime, version } of wanted) {
        const bar = progressBar(io, `Flink ${version}`)
        const done = await distributions
          .install(version, bar.update, abort.signal)
          .catch((error: unknown) => {
            if (abort.signal.aborted)
              throw new CliError(EXIT.interrupted, `stopped; nothing of Flink ${version} is left half-installed`)
            throw new CliError(EXIT.failed, (error as Error).message, {
              next: `export FLINK_HOME=/path/to/flink-${version}   (uses one that you have)`,
              cause: error,
            })
          })
          .finally(bar.stop)
        items.push({ runtime, flinkVersion: version, source: done.source, home: done.home })
        if (output.json) continue
        const row = [runtime, version, done.source, done.home]
        output.line(io.outTty ? `${runtime} is installed: ${done.home} (${done.source})` : row.join('\t'))
      }
      stopListening()
      if (output.json) output.data({ items })
    })
}
