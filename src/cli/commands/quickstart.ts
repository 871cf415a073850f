/** Everything in one go; signals and errors on the way are told by exit codes. */
import type { Definition } from '../command.ts'
import { CliError, EXIT } from '../errors.ts'
import type { QuickstartFlags } from '../quickstart/run.ts'
import { quickstart as run } from '../quickstart/run.ts'

export const quickstart: Definition<QuickstartFlags> = {
  description:
    'From nothing to a running Flink job: gets a Flink distribution if none is installed, compiles the example job, ' +
    'starts a server, creates a session and a job in it, and stays up until Ctrl-C, which stops all of it. ' +
    'Needs a JDK, 11 or later.',
  options: [
    ['--once', 'stop by itself once the job runs; the last line is then "quickstart: RUNNING in N.N s"'],
    ['--runtime-version <runtime>', 'FLINK_1_17, ... FLINK_2_3 (weir runtime list)', 'FLINK_1_20'],
    ['--listen <HOST:PORT>', 'address of the server; the first free port from 8080 on when left out'],
    ['--data-dir <DIR>', "where the server keeps its data; a folder of the quickstart's own when left out"],
    ['--runtime <local|fake>', 'fake: no Java and no Flink, everything only pretended', 'local'],
  ],
  examples: [
    ['weir quickstart', "and look at the job in Flink's web UI"],
    ['weir quickstart --once', 'does it work on this machine? Exit code 0 if so'],
    ['weir quickstart --runtime-version FLINK_2_3', 'with another Flink'],
  ],
  async run({ io }, flags) {
    const abort = new AbortController()
    let crash: unknown
    let stoppedBy: NodeJS.Signals | undefined
    let forced = false
    io.onStop((signal) => {
      if (stoppedBy) forced = true
      stoppedBy ??= signal
      abort.abort()
    })
    // An error nobody caught must not leave Flink processes behind.
    process.on('uncaughtException', (error) => {
      crash ??= error
      forced ||= abort.signal.aborted
      abort.abort()
    })
    let running = false
    try {
      await run(io, flags, { signal: abort.signal, forced: () => forced })
      running = true
    } catch (error) {
      if (!abort.signal.aborted || crash) throw crash ?? error
    }
    if (crash) throw crash
    if (!running && stoppedBy) {
      const exitCode = stoppedBy === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
      throw new CliError(exitCode, `stopped by ${stoppedBy} before the job ran; nothing is left running`)
    }
  },
}
