/**
 * Weir's runner, a small jar on every cluster's class path that calls main() in Flink's place: how it is asked, and what
 * its answers mean. `helpers/README.md` has the protocol, `docs/decisions/runner.md` the reasons. Pure.
 */
import type { EffectiveClusterSpec } from '../cluster.ts'
import { defined } from '../defined.ts'
import { parseDuration } from '../duration.ts'
import type { JobSpec } from '../spec.ts'

export const RUNNER_CLASS = 'dev.weir.runner.Runner'

/** Flink adds the Python jar to a job only where its entry class is the driver itself. */
const PYTHON_DRIVER = 'org.apache.flink.client.python.PythonDriver'

/** Whether the runner calls main() of that job there. */
export const runnerCalls = (job: JobSpec, { runner }: Pick<EffectiveClusterSpec, 'runner'>): boolean =>
  runner === true && job.runner !== 'OFF' && job.entryClass !== PYTHON_DRIVER

/** What Flink is to call, and with which arguments. */
export interface MainCall {
  entryClass?: string
  args: string[]
}

/** main() of the job, called by Flink itself. */
export const plainCall = ({ entryClass, args }: JobSpec): MainCall => ({ args, ...defined({ entryClass }) })

/** main() of the job, called by the runner. `id`: the attempt's Flink job ID, by which it is asked for again. */
export function runnerCall({ entryClass, args, mainTimeout }: JobSpec, id: string): MainCall {
  const timeout = mainTimeout === undefined ? undefined : parseDuration(mainTimeout)
  return {
    entryClass: RUNNER_CLASS,
    args: [
      ...['--id', id],
      ...(entryClass === undefined ? [] : ['--class', entryClass]),
      ...(timeout === undefined ? [] : ['--timeout', String(timeout)]),
      '--',
      ...args,
    ],
  }
}

/** Ends the main() of that ID as far as it can be ended; a job that it starts from then on is refused. */
export const interruptCall = (id: string): MainCall => ({
  entryClass: RUNNER_CLASS,
  args: ['--id', id, '--interrupt', '--'],
})

/**
 * RETURNED: this main() had been called before, and has returned. NO_RUNNER: the class is not on the class path, so
 * nothing was called.
 */
export type RunnerAnswer = { kind: keyof typeof EXCEPTIONS; message: string } | { kind: 'RETURNED' | 'NO_RUNNER' }

const EXCEPTIONS = {
  SEVERAL_JOBS: 'SeveralJobsException',
  MAIN_TIMEOUT: 'MainTimeoutException',
  MAIN_INTERRUPTED: 'MainInterruptedException',
  ENTRY_CLASS: 'EntryClassException',
} as const

/** What the runner says in Flink's error texts; undefined where the error is main()'s own, or Flink's. */
export function runnerAnswer(errors: readonly string[]): RunnerAnswer | undefined {
  const text = errors.join('\n')
  for (const [kind, exception] of Object.entries(EXCEPTIONS) as [keyof typeof EXCEPTIONS, string][]) {
    const [, message] = new RegExp(`dev\\.weir\\.runner\\.${exception}: ([^\\r\\n]*)`).exec(text) ?? []
    if (message !== undefined) return { kind, message: forPeople(message) }
  }
  if (/dev\.weir\.runner\.AlreadyRan: RETURNED/.test(text)) return { kind: 'RETURNED' }
  if (text.includes('ProgramInvocationException') && /ClassNotFoundException: dev\.weir\.runner\.Runner\b/.test(text))
    return { kind: 'NO_RUNNER' }
  return undefined
}

/** The runner ends its sentence with `; jobs: [{"name": ...}, ...]`. */
function forPeople(message: string): string {
  const [sentence = message] = message.endsWith(']') ? message.split('; jobs: [', 1) : [message]
  const names = namesIn(message.slice(sentence.length + '; jobs: '.length))
  return names.length === 0 ? sentence : `${sentence} Its jobs: ${names.map((name) => `"${name}"`).join(', ')}`
}

function namesIn(list: string): string[] {
  try {
    const jobs: unknown = JSON.parse(list)
    return Array.isArray(jobs) ? jobs.flatMap((job) => (typeof job?.name === 'string' ? [job.name] : [])) : []
  } catch {
    return []
  }
}
