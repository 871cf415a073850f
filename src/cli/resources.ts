/** Sessions and session jobs as commands name them: an exact ID first, then a name. Says what was meant where it can. */
import type { WeirResult } from '../api/client/client.ts'
import { apiError, expectOk } from './api.ts'
import type { Collection, Kind, ListQuery, Page, Summary } from './collections.ts'
import { jobsOf, sessionsOf } from './collections.ts'
import type { Context } from './context.ts'
import { CliError, EXIT, shellWord } from './errors.ts'
import { nearest } from './nearest.ts'

export interface Located {
  kind: Kind
  id: string
  name: string
  /** Where it is one of many. */
  in: Collection
  /** The session a job is in. */
  session?: Located
}

const ID = /^[A-Z0-9]{1,20}$/

/** Every item of a list, however many pages it has. */
export async function allPages<T>(page: (marker: string | undefined) => Promise<WeirResult<Page<T>>>): Promise<T[]> {
  const items: T[] = []
  let marker: string | undefined
  do {
    const { items: more, marker: next } = expectOk(await page(marker))
    items.push(...more)
    marker = next
  } while (marker)
  return items
}

export const listAll = (collection: Collection, query: ListQuery = {}): Promise<Summary[]> =>
  allPages((marker) => collection.list({ ...query, marker }))

export async function allSessions(context: Context): Promise<Located[]> {
  const sessions = await sessionsOf(context)
  return (await listAll(sessions)).map((one) => located('session', one, sessions))
}

export async function findSession(context: Context, text: string): Promise<Located> {
  const sessions = await sessionsOf(context)
  const found = await findIn('session', sessions, text)
  if (found) return found
  throw await notFound('session', text, await listAll(sessions), 'weir session list')
}

/** Without a session, the job is looked for in all of them; a name that several sessions use is refused. */
export async function findJob(context: Context, text: string, sessionText?: string): Promise<Located> {
  const sessions = sessionText === undefined ? await allSessions(context) : [await findSession(context, sessionText)]
  const found: Located[] = []
  for (const session of sessions) {
    const job = await findIn('job', await jobsOf(context, session.id), text)
    if (job) found.push({ ...job, session })
  }
  if (found.length > 1) {
    throw new CliError(
      EXIT.usage,
      `jobs called "${text}" are in several sessions: ${found.map((job) => job.session?.name).join(', ')}`,
      {
        next: `--session ${shellWord(found[0]?.session?.name ?? 'NAME')}   (added to the same command)`,
      },
    )
  }
  if (found[0]) return found[0]
  const jobs: Summary[] = []
  for (const session of sessions) jobs.push(...(await listAll(await jobsOf(context, session.id))))
  throw await notFound('job', text, jobs, 'weir job list')
}

/** The session that a command is about when only one can be meant. */
export async function onlySession(context: Context, text: string | undefined, next: string): Promise<Located> {
  if (text !== undefined) return findSession(context, text)
  const sessions = await allSessions(context)
  if (sessions.length === 1 && sessions[0]) return sessions[0]
  throw sessions.length === 0
    ? new CliError(EXIT.notFound, 'there is no session yet, and a job runs in one', {
        next: 'weir session create --help',
      })
    : new CliError(EXIT.usage, `which session? There are: ${sessions.map((one) => one.name).join(', ')}`, { next })
}

export const located = (kind: Kind, one: { id: string; name: string }, collection: Collection): Located => ({
  kind,
  id: one.id,
  name: one.name,
  in: collection,
})

async function findIn(kind: Kind, collection: Collection, text: string): Promise<Located | undefined> {
  if (ID.test(text)) {
    const result = await collection.describe(text)
    if (result.ok) return located(kind, result.data, collection)
    if (result.error.status !== 404) throw apiError(result.error)
  }
  const name = text.trim().normalize('NFC')
  if (name === '') return undefined
  const named = (await listAll(collection, { name })).find((one) => one.name === name)
  return named && located(kind, named, collection)
}

export async function notFound(
  kind: string,
  text: string,
  all: readonly { name: string }[],
  next: string,
): Promise<CliError> {
  const near = await nearest(
    text,
    all.map(({ name }) => name),
  )
  const details = near === undefined ? [] : [`did you mean ${shellWord(near)}?`]
  return new CliError(EXIT.notFound, `no ${kind} has the ID or name "${text}"`, { details, next })
}
