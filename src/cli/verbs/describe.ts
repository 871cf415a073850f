/** What a resource is and what was last seen of it. */
import { expectOk } from '../api.ts'
import type { Described } from '../collections.ts'
import type { Context } from '../context.ts'
import { flatten } from '../output.ts'
import type { Located } from '../resources.ts'

const FIRST = ['id', 'name', 'state', 'runtime', 'revision', 'createdAt', 'updatedAt', 'desiredState', 'status']

export async function printDescription(context: Context, it: Located): Promise<void> {
  const seen = expectOk(await it.in.describe(it.id), `weir ${it.kind} list`)
  if (context.output.json) return context.output.data(seen)
  const { conditions: _, warnings = [], ...status } = seen.status
  const known = Object.fromEntries(FIRST.map((key) => [key, seen[key as keyof Described]]))
  const session: [string, string][] = it.session ? [['session', `${it.session.name} (${it.session.id})`]] : []
  context.output.record([
    ...flatten({ ...known, ...seen, status }),
    ...session,
    ...warnings.map((warning): [string, string] => ['warning', warning]),
  ])
}
