/** What a resource is and what was last seen of it. */
import { expectOk } from '../api.ts'
import type { Context } from '../context.ts'
import { flatten } from '../output.ts'
import type { Described, Located } from '../resources.ts'

const FIRST = ['id', 'name', 'state', 'runtime', 'revision', 'createdAt', 'updatedAt', 'desiredState', 'status']

export async function printDescription(context: Context, it: Located): Promise<void> {
  const seen = expectOk(await context.call<Described>('GET', it.path), `weir ${it.kind} list`)
  if (context.output.json) return context.output.data(seen)
  const known = Object.fromEntries(FIRST.map((key) => [key, seen[key as keyof Described]]))
  const session: [string, string][] = it.session ? [['session', `${it.session.name} (${it.session.id})`]] : []
  context.output.record([...flatten({ ...known, ...seen }), ...session])
}
