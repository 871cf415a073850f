/** Creating, changing, showing and deleting clusters and workspaces, the same for both. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { apiError, expectOk } from '../api.ts'
import type { Context } from '../context.ts'
import { CliError, EXIT, pasteable, shellWord } from '../errors.ts'
import type { Column } from '../output.ts'
import { flatten } from '../output.ts'
import type { Target, Targets } from '../targets.ts'
import { commandsFor, duration } from '../wait.ts'
import type { Condition } from './check.ts'
import { failedTypes } from './check.ts'
import { confirm } from './delete.ts'

const LOOK_EVERY_MS = 200
/** A certificate in base64 tells people nothing. */
const LONG = 200

export async function createTarget<P extends Target>(
  context: Context,
  targets: Targets<P>,
  body: Record<string, unknown>,
): Promise<void> {
  const { kind } = targets
  const answer = await targets.create(body, randomUUID())
  if (!answer.ok) {
    const named =
      answer.error.status === 409 && typeof body.name === 'string'
        ? `weir ${kind} describe ${shellWord(body.name)}`
        : undefined
    throw apiError(
      answer.error,
      answer.error.status === 404 ? 'weir cluster list' : (named ?? `weir ${kind} create --help`),
    )
  }
  const { io, output } = context
  if (output.json) return output.data(answer.data)
  if (!io.outTty) return output.line(answer.data.id)
  output.line(`${kind} ${answer.data.name} has the ID ${answer.data.id}`)
  io.err(`  next: ${pasteable(commandsFor({ kind, id: answer.data.id }, ['check'])[0] ?? '')}\n`)
}

export async function updateTarget<P extends Target>(
  context: Context,
  targets: Targets<P>,
  it: P,
  body: Record<string, unknown>,
  ifMatch: string | undefined,
): Promise<void> {
  const { kind } = targets
  const answer = await targets.update(it.id, body, ifMatch)
  if (!answer.ok) throw apiError(answer.error, commandsFor({ kind, id: it.id }, ['describe']))
  const { io, output } = context
  const { id, name, revision } = answer.data
  if (output.json) output.data(answer.data)
  else output.line(io.outTty ? `${kind} ${name} is at revision ${revision}` : [id, name, revision].join('\t'))
}

export function describeTarget(context: Context, seen: Target): void {
  const { output } = context
  if (output.json) return output.data(seen)
  const { conditions, ...status } = seen.status
  const fields = flatten({ ...seen, status }).map(([key, value]): [string, string] => [
    key,
    value.length > LONG ? `(${value.length} characters)` : value,
  ])
  output.record([
    ...fields,
    ...conditions.map((one): [string, string] => [`conditions.${one.type}`, `${one.status}: ${one.message}`]),
  ])
}

export interface DeleteTargetOptions {
  yes?: boolean
  wait?: boolean
  timeout?: string
}

export async function deleteTarget<P extends Target>(
  context: Context,
  targets: Targets<P>,
  it: P,
  options: DeleteTargetOptions,
  consequence: string,
): Promise<void> {
  const { kind } = targets
  const timeoutMs = duration(options.timeout ?? '0')
  if (!options.yes) await confirm(context, { kind, ...it }, consequence)
  expectOk(
    await targets.remove(it.id),
    kind === 'cluster' ? 'weir workspace list' : `weir session list --workspace ${shellWord(it.id)}`,
  )
  // A cluster is only forgotten, which takes no time.
  const gone = kind === 'cluster' || (options.wait === true && (await untilGone(targets, it, timeoutMs)))
  const { io, output } = context
  if (output.json) output.data({ id: it.id, name: it.name, state: gone ? 'DELETED' : 'DELETING' })
  else if (io.outTty) output.line(`${kind} ${it.name} (${it.id}) is ${gone ? 'gone' : 'being deleted'}`)
}

async function untilGone<P extends Target>(targets: Targets<P>, it: P, timeoutMs: number): Promise<true> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await targets.describe(it.id)
    if (!answer.ok && answer.error.status === 404) return true
    if (!answer.ok && answer.error.status < 500 && answer.error.status !== 429) throw apiError(answer.error)
    if (performance.now() > deadline) {
      throw new CliError(
        EXIT.timeout,
        `${targets.kind} ${it.name} is still being deleted after ${Math.round(timeoutMs / 1000)} s`,
        {
          next: commandsFor({ kind: targets.kind, id: it.id }, ['describe']),
        },
      )
    }
    await delay(LOOK_EVERY_MS)
  }
}

/** What was last found of a target, in a word or two; empty before the first look. */
export const CHECKS: Column<Target> = {
  header: 'CHECKS',
  value: ({ status }) => summary(status.conditions),
  style: (text) => (text === 'ok' ? 'green' : text.startsWith('failed') ? 'red' : undefined),
}

function summary(conditions: Condition[]): string {
  const failed = failedTypes(conditions)
  if (failed.length > 0) return `failed: ${failed.join(' ')}`
  if (conditions.length === 0) return ''
  return conditions.every(({ status }) => status === 'True') ? 'ok' : 'unknown'
}
