/** A fresh look at a cluster or a workspace: asked for, waited for, and told condition by condition. */
import { setTimeout as delay } from 'node:timers/promises'
import type { PlaceStatus as TargetStatus } from '../../api/client/generated/types.gen.ts'
import { apiError, expectOk } from '../api.ts'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../errors.ts'
import type { Column } from '../output.ts'
import type { Target, Targets } from '../targets.ts'
import { commandsFor, duration } from '../wait.ts'

export type Condition = TargetStatus['conditions'][number]

const LOOK_EVERY_MS = 150
const STYLES = { True: 'green', False: 'red', Unknown: 'yellow' } as const

const COLUMNS: Column<Condition>[] = [
  { header: 'TYPE', value: (row) => row.type },
  { header: 'STATUS', value: (row) => row.status, style: (text) => STYLES[text as Condition['status']] },
  { header: 'MESSAGE', value: (row) => row.message },
]

/** Exit code 1 when a condition is False. */
export async function checkTarget<P extends Target>(
  context: Context,
  targets: Targets<P>,
  it: P,
  timeout: string,
): Promise<void> {
  const timeoutMs = duration(timeout)
  const asked = expectOk(await targets.check(it.id), `weir ${targets.kind} list`)
  const since = asked.status.checkRequestedAt
  if (since === undefined) {
    const { io, output } = context
    if (output.json) output.data(asked)
    else if (io.outTty) output.line(`${targets.kind} ${it.name} is on this machine: there is nothing to check`)
    return
  }
  printChecked(context, targets.kind, await looked(targets, asked, since, timeoutMs))
}

/** The target once a look has begun after `since`: both times are the server's. */
async function looked<P extends Target>(targets: Targets<P>, asked: P, since: string, timeoutMs: number): Promise<P> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await targets.describe(asked.id)
    if (answer.ok && isSince(answer.data, since)) return answer.data
    if (!answer.ok && answer.error.status < 500 && answer.error.status !== 429)
      throw apiError(answer.error, `weir ${targets.kind} list`)
    if (performance.now() > deadline) {
      const seconds = Math.round(timeoutMs / 1000)
      throw new CliError(EXIT.timeout, `${targets.kind} ${asked.name} has not been looked at within ${seconds} s`, {
        details: ['the look waits for the cluster to answer, or the server is busy'],
        next: commandsFor({ kind: targets.kind, id: asked.id }, ['describe', 'check']).map((line, i) =>
          i === 1 ? `${line} --timeout 5m` : line,
        ),
      })
    }
    await delay(LOOK_EVERY_MS)
  }
}

/** The types of those that are False; `Ready` sums up the others, so it is named only where it stands alone. */
export function failedTypes(conditions: readonly Condition[]): string[] {
  const failed = conditions.filter(({ status }) => status === 'False').map(({ type }) => type)
  return failed.length > 1 ? failed.filter((type) => type !== 'Ready') : failed
}

const isSince = ({ status: { observedAt } }: Target, since: string): boolean =>
  observedAt !== undefined && Date.parse(observedAt) > Date.parse(since)

export function printChecked({ io, output }: Pick<Context, 'io' | 'output'>, kind: string, seen: Target): void {
  const { conditions, kubernetesVersion, flinkVersions = [] } = seen.status
  if (output.json) output.data(seen)
  else {
    if (io.outTty && kubernetesVersion !== undefined) {
      const flink = flinkVersions.length > 0 ? `; its operator takes ${flinkVersions.join(', ')}` : ''
      output.line(`Kubernetes ${kubernetesVersion}${flink}`)
    }
    if (conditions.length > 0) output.table(conditions, COLUMNS)
  }
  const failed = failedTypes(conditions)
  if (failed.length === 0) return
  throw new CliError(EXIT.failed, `${kind} ${seen.name} cannot be used as it is: ${failed.join(', ')}`, {
    next: commandsFor({ kind, id: seen.id }, ['check']).map((line) => `${line}   (once that is mended)`),
  })
}
