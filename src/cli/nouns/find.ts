/** Resources and targets as commands name them: an exact ID first, then a name. */
import { allPages, apiError, ID, notFound, type Unreadable } from '../api.ts'
import type { Context } from '../context.ts'
import { CliError, EXIT, shellWord, usageError } from '../errors.ts'
import type { Collection, Item, ListQuery, Located, Row, Siblings } from './row.ts'

type Named = Pick<Item, 'id' | 'name'>

export const listAll = <T extends Item>(
  collection: Collection<T>,
  query: ListQuery = {},
  isLeftOut?: (record: Unreadable) => void,
): Promise<T[]> => allPages((marker) => collection.list({ ...query, marker }), isLeftOut)

export const located = <C extends Collection>(noun: string, { id, name }: Named, at: Siblings<C>): Located<C> => ({
  noun,
  id,
  name,
  ...at,
})

/** Looks into every collection where it may be; a name that several use is refused. */
export async function find<C extends Collection>(
  context: Context,
  row: Row<C>,
  text: string,
  session?: string,
): Promise<Located<C>> {
  const collections = await row.collections(context, session)
  const found: Located<C>[] = []
  for (const at of collections) {
    const item = await findIn(at.in, text)
    if (item) found.push(located(row.noun, item, at))
  }
  const [first] = found
  if (first && found.length > 1) {
    const sessions = found.map((it) => it.session?.name).join(', ')
    const message = `${row.noun}s called "${text}" are in several sessions: ${sessions}`
    throw usageError(message, `--session ${shellWord(first.session?.name ?? 'NAME')}   (added to the same command)`)
  }
  if (first) return first
  const all: Item[] = []
  for (const at of collections) all.push(...(await listAll(at.in)))
  throw await notFound(row.noun, text, all)
}

async function findIn(collection: Collection, text: string): Promise<Named | undefined> {
  if (ID.test(text)) {
    const result = await collection.describe(text)
    if (result.ok) return result.data
    // It is there, and may be deleted by force; whoever wants to know more of it is told why that can't be.
    if (result.error.code === 'RECORD_UNREADABLE') return { id: text, name: text }
    if (result.error.status !== 404) throw apiError(result.error)
  }
  const name = text.trim().normalize('NFC')
  if (name === '') return undefined
  const leftOut: Unreadable[] = []
  const listed: Named[] = await listAll(collection, { name }, (record) => void leftOut.push(record))
  return [...listed, ...leftOut].find((one) => one.name === name)
}

/** The one collection that a new resource can be meant for. */
export async function onlyCollection<C extends Collection>(
  context: Context,
  row: Row<C>,
  session?: string,
): Promise<Siblings<C>> {
  const collections = await row.collections(context, session)
  const [only] = collections
  if (only && collections.length === 1) return only
  if (!only) {
    const next = 'weir session create --help'
    throw new CliError(EXIT.notFound, `there is no session yet, and a ${row.noun} runs in one`, { next })
  }
  const names = collections.map((at) => at.session?.name).join(', ')
  throw usageError(`which session? There are: ${names}`, `weir ${row.noun} create --session NAME ...`)
}
