/** A fresh look at a target: asked for, waited for, printed condition by condition. Exit code 1 when one is False. */
import { expectOk } from '../api.ts'
import type { Definition } from '../command.ts'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../errors.ts'
import { find } from '../nouns/find.ts'
import type { Located, Target, TargetRow } from '../nouns/row.ts'
import type { Condition } from '../nouns/targets.ts'
import { failedTypes } from '../nouns/targets.ts'
import { within } from '../options.ts'
import type { Column } from '../output.ts'
import { commandsFor, duration, poll } from '../wait.ts'

const STYLES = { True: 'green', False: 'red', Unknown: 'yellow' } as const

const COLUMNS: Column<Condition>[] = [
  { header: 'TYPE', value: (row) => row.type },
  { header: 'STATUS', value: (row) => row.status, style: (text) => STYLES[text as Condition['status']] },
  { header: 'MESSAGE', value: (row) => row.message },
]

export const define = (row: TargetRow): Definition<{ timeout: string }, [string]> => ({
  description: row.check.description,
  arguments: [[`<${row.noun}>`, 'ID or name']],
  options: [within('60s'), ...row.server],
  examples: [
    [`weir ${row.noun} check ${row.example}`, 'what was found, line by line'],
    [`weir ${row.noun} check ${row.example} --timeout 2m --json`, 'for programs'],
  ],
  async run(context, { timeout }, text) {
    const { io, output } = context
    const it = await find(context, row, text)
    const timeoutMs = duration(timeout)
    const refused = `weir ${row.noun} list`
    const asked = expectOk(await it.in.check(it.id), refused)
    const since = asked.status.checkRequestedAt
    if (since !== undefined) {
      // Both times are the server's.
      const done = ({ status: { observedAt } }: Target): boolean =>
        observedAt !== undefined && Date.parse(observedAt) > Date.parse(since)
      printChecked(context, row.noun, await poll(it, { timeoutMs, done, refused, late: () => tooLate(it, timeoutMs) }))
    } else if (output.json) output.data(asked)
    else if (io.outTty) output.line(`${row.noun} ${it.name} is on this machine: there is nothing to check`)
  },
})

function tooLate(it: Located, timeoutMs: number): CliError {
  const [describe = '', check] = commandsFor(it, ['describe', 'check'])
  const message = `${it.noun} ${it.name} has not been looked at within ${Math.round(timeoutMs / 1000)} s`
  return new CliError(EXIT.timeout, message, {
    details: ['the look waits for the cluster to answer, or the server is busy'],
    next: [describe, `${check} --timeout 5m`],
  })
}

export function printChecked({ io, output }: Pick<Context, 'io' | 'output'>, noun: string, target: Target): void {
  const { conditions, kubernetesVersion, flinkVersions = [] } = target.status
  if (output.json) output.data(target)
  else {
    const flink = flinkVersions.length > 0 ? `; its operator takes ${flinkVersions.join(', ')}` : ''
    if (io.outTty && kubernetesVersion !== undefined) output.line(`Kubernetes ${kubernetesVersion}${flink}`)
    if (conditions.length > 0) output.table(conditions, COLUMNS)
  }
  const failed = failedTypes(conditions)
  if (failed.length === 0) return
  const message = `${noun} ${target.name} cannot be used as it is: ${failed.join(', ')}`
  const next = `${commandsFor({ noun, id: target.id }, ['check'])[0]}   (once that is mended)`
  throw new CliError(EXIT.failed, message, { next })
}
