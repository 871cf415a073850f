import { examples } from '../program.ts'
import type { ServingFlags } from '../serving.ts'
import { addConfigOptions, startFromFlags, untilStopped } from '../serving.ts'
import type { Define } from '../tree.ts'

export const define: Define = async (command, io) => {
  command.description(
    'Run a Weir server. Logs are JSON lines on stderr. SIGTERM or Ctrl-C stops the server alone: ' +
      'Flink clusters and their jobs go on, and the next server on the same data takes them over.',
  )
  await addConfigOptions(command)
  command
    .addHelpText(
      'after',
      examples(
        ['weir serve --listen 0.0.0.0:8080 --data-dir /var/lib/weir', 'a server for others'],
        ['weir serve --config /etc/weir.yaml', 'options from a file'],
        [
          'weir serve --listen 127.0.0.1:0 --ready-file /run/weir.json',
          'for scripts: a free port, and where to find it',
        ],
      ),
    )
    .action(async (flags: ServingFlags) => {
      const { server } = await startFromFlags(io, flags, 'weir serve')
      const stopped = untilStopped(io, () => process.exit(1))
      if (io.outTty) io.out(`Weir listens on ${server.url}; its data is in ${server.config.dataDir}\n`)
      await stopped
      await server.close({ stopClusters: false })
    })
}
