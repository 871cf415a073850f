/** A server for one person on this machine; its clusters end with it. */
import type { Definition } from '../command.ts'
import { defaultDataDir } from '../connection.ts'
import type { Context } from '../context.ts'
import { selfCommand, shellWord } from '../errors.ts'
import type { Running, ServingFlags } from '../serving.ts'
import { configOptions, startFromFlags, untilStopped } from '../serving.ts'

export const up = async (): Promise<Definition<ServingFlags>> => ({
  description:
    'Run a Weir server on this machine, with an embedded database and Flink as local processes. ' +
    'Ctrl-C stops the server and its Flink clusters; ' +
    'the next `weir up` brings them back, jobs from their latest checkpoints.',
  options: await configOptions(),
  examples: [
    ['weir up', 'on 127.0.0.1:8080'],
    ['weir up --listen 127.0.0.1:0 --data-dir ./weir-data', 'a second one beside it'],
    ['weir up --runtime fake', 'try the API without Java and Flink'],
  ],
  async run(context, flags) {
    const { io } = context
    // A person sits in front of it: what goes well is shown in the API, only what does not is logged here.
    const running = await startFromFlags({ ...io, env: { WEIR_LOG_LEVEL: 'warn', ...io.env } }, flags, 'weir up')
    let forced = false
    const stopped = untilStopped(io, () => {
      forced = true
      io.err('killing what is left\n')
    })
    greet(context, running)
    await stopped
    io.err('\nstopping the server and its clusters (Ctrl-C again kills them)\n')
    await running.server.close({ stopClusters: true, force: () => forced, onProgress: (line) => io.err(`${line}\n`) })
    io.err('stopped\n')
  },
})

function greet({ io, output }: Context, { server, readyAfterMs }: Running): void {
  const { dataDir } = server.config
  const where = dataDir === defaultDataDir(io.env) ? '' : ` --data-dir ${shellWord(dataDir)}`
  const self = selfCommand()
  output.line(`${output.style('bold', 'Weir is ready')} after ${(readyAfterMs / 1000).toFixed(1)} s`)
  output.record([
    ['API', `${server.url}/api`],
    ['Reference', `${server.url}/docs`],
    ['Data', dataDir],
    ['Key', server.keyFile],
  ])
  output.line(`
In another terminal:
  ${self} session create --name demo --runtime FLINK_1_20 --wait${where}
  ${self} session list${where}

Ctrl-C stops the server and its clusters.`)
}
