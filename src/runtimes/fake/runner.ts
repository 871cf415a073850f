/** The runner as a fake JobManager has it on its class path: which main() it is to call, and how. */
import { defined } from '../../domain/defined.ts'
import { RUNNER_CLASS } from '../../domain/run/runner.ts'
import { FlinkRestError, type RunJarRequest } from '../../flink/rest.ts'
import type { FakeMain } from './world.ts'

export interface FakeMainCall {
  /** As Flink itself would be asked to call that main(). */
  request: RunJarRequest
  byRunner: boolean
  /** Ends the main() of that Flink job ID instead. */
  interrupts?: string
  timeoutMs?: number
}

export function mainCallOf(request: RunJarRequest): FakeMainCall {
  if (request.entryClass !== RUNNER_CLASS) return { request, byRunner: false }
  const end = request.args.indexOf('--')
  const options = request.args.slice(0, end)
  const { entryClass: _runner, ...rest } = request
  const value = (name: string): string | undefined =>
    options.includes(name) ? options[options.indexOf(name) + 1] : undefined
  const timeout = value('--timeout')
  return {
    byRunner: true,
    request: { ...rest, args: request.args.slice(end + 1), ...defined({ entryClass: value('--class') }) },
    ...defined({
      interrupts: options.includes('--interrupt') ? value('--id') : undefined,
      timeoutMs: timeout === undefined ? undefined : Number(timeout),
    }),
  }
}

/** Those who wait for a main() of this process's fake world, and what they are answered should it end before its time. */
const waiting = new WeakMap<FakeMain, AbortController>()

export const endingOf = (main: FakeMain): AbortSignal => {
  const controller = waiting.get(main) ?? new AbortController()
  waiting.set(main, controller)
  return controller.signal
}

export const endMainEarly = (main: FakeMain, error: FlinkRestError): void => waiting.get(main)?.abort(error)

/** What the runner throws, as Flink words it. */
export function runnerError(exception: string, message: string): FlinkRestError {
  const text = `org.apache.flink.client.program.ProgramInvocationException: The main method caused an error: ${message}
Caused by: dev.weir.runner.${exception}: ${message}`
  return new FlinkRestError('REFUSED', message, { status: 400, errors: [text] })
}
