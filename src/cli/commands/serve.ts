/** A server for others; its clusters outlive it. */
import type { Definition } from '../command.ts'
import type { ServingFlags } from '../serving.ts'
import { configOptions, startFromFlags, untilStopped } from '../serving.ts'

export const serve = async (): Promise<Definition<ServingFlags>> => ({
  description:
    'Run a Weir server. Logs are JSON lines on stderr. SIGTERM or Ctrl-C stops the server alone: ' +
    'Flink clusters and their jobs go on, and the next server on the same data takes them over.',
  options: await configOptions(),
  examples: [
    ['weir serve --listen 0.0.0.0:8080 --data-dir /var/lib/weir', 'a server for others'],
    ['weir serve --config /etc/weir.yaml', 'options from a file'],
    ['weir serve --listen 127.0.0.1:0 --ready-file /run/weir.json', 'for scripts: a free port, and where to find it'],
  ],
  async run({ io }, flags) {
    const { server } = await startFromFlags(io, flags, 'weir serve')
    const stopped = untilStopped(io, () => process.exit(1))
    if (io.outTty) io.out(`Weir listens on ${server.url}; its data is in ${server.config.dataDir}\n`)
    await stopped
    await server.close({ stopClusters: false })
  },
})
