/** Sessions and session jobs as commands name them: an exact ID first, then a name. Says what was meant where it can. */
import { apiError, expectOk } from './api.ts'
import type { Context } from './context.ts'
import { CliError, EXIT, shellWord } from './errors.ts'

export type Kind = 'session' | 'job'

export interface Summary {
  id: string
  name: string
  state: string
  createdAt: string
  updatedAt: string
}

export interface Described extends Summary {
  revision?: number
  runtime?: string
  status?: {
    detail?: string
    stale?: boolean
    error?: { code: string; message: string; retryAt?: string }
    taskManagers?: { running: number; wanted: number }
    slots?: { total: number; available: number }
    jobState?: string
    flinkVersion?: string
  }
}

export interface Located {
  kind: Kind
  id: string
  name: string
  /** Of the resource in the API, from /api on. */
  path: string
  /** The session a job is in. */
  session?: Located
}

const ID = /^[A-Z0-9]{1,20}$/
const PAGE = 100

/** Every item of a list, however many pages it has. */
export async function listAll<T>(context: Context, path: string, query: Record<string, string | undefined> = {}): Promise<T[]> {
  const items: T[] = []
  let marker: string | undefined
  do {
    const page = expectOk(await context.call<{ items: T[]; marker?: string }>('GET', path, { query: { ...query, limit: PAGE, marker } }))
    items.push(...page.items)
    marker = page.marker
  } while (marker)
  return items
}

export const sessionsPath = async (context: Context): Promise<string> => `${await context.workspacePath()}/sessions`

export async function findSession(context: Context, text: string): Promise<Located> {
  const found = await findIn(context, 'session', await sessionsPath(context), text)
  if (found) return found
  const names = (await listAll<Summary>(context, await sessionsPath(context))).map((s) => s.name)
  throw await notFound('session', text, names, 'weir session list')
}

/** Without a session, the job is looked for in all of them; a name that several sessions use is refused. */
export async function findJob(context: Context, text: string, sessionText?: string): Promise<Located> {
  const sessions = sessionText === undefined ? await allSessions(context) : [await findSession(context, sessionText)]
  const found: Located[] = []
  for (const session of sessions) {
    const job = await findIn(context, 'job', `${session.path}/jobs`, text)
    if (job) found.push({ ...job, session })
  }
  if (found.length > 1) {
    throw new CliError(EXIT.usage, `jobs called "${text}" are in several sessions: ${found.map((j) => j.session?.name).join(', ')}`, {
      next: `--session ${shellWord(found[0]?.session?.name ?? 'NAME')}   (added to the same command)`,
    })
  }
  if (found[0]) return found[0]
  const names: string[] = []
  for (const session of sessions) names.push(...(await listAll<Summary>(context, `${session.path}/jobs`)).map((j) => j.name))
  throw await notFound('job', text, names, 'weir job list')
}

/** The session that a command is about when only one can be meant. */
export async function onlySession(context: Context, text: string | undefined, next: string): Promise<Located> {
  if (text !== undefined) return findSession(context, text)
  const sessions = await allSessions(context)
  if (sessions.length === 1 && sessions[0]) return sessions[0]
  throw sessions.length === 0
    ? new CliError(EXIT.notFound, 'there is no session yet, and a job runs in one', { next: 'weir session create --help' })
    : new CliError(EXIT.usage, `which session? There are: ${sessions.map((s) => s.name).join(', ')}`, { next })
}

export async function allSessions(context: Context): Promise<Located[]> {
  const path = await sessionsPath(context)
  return (await listAll<Summary>(context, path)).map((s) => ({ kind: 'session' as const, id: s.id, name: s.name, path: `${path}/${s.id}` }))
}

/** What it is now; a 404 becomes an error that says it is gone. */
export async function describe(context: Context, it: Located): Promise<Described> {
  return expectOk(await context.call<Described>('GET', it.path), `weir ${it.kind} list`)
}

async function findIn(context: Context, kind: Kind, collection: string, text: string): Promise<Located | undefined> {
  const located = (one: Summary): Located => ({ kind, id: one.id, name: one.name, path: `${collection}/${one.id}` })
  if (ID.test(text)) {
    const answer = await context.call<Summary>('GET', `${collection}/${text}`)
    if (answer.ok) return located(answer.body)
    if (answer.status !== 404) throw apiError(answer)
  }
  const name = text.trim().normalize('NFC')
  const named = await listAll<Summary>(context, collection, { name })
  return named.filter((one) => one.name === name).map(located)[0]
}

async function notFoundHint(text: string, names: string[]): Promise<string[]> {
  const { distance } = await import('fastest-levenshtein')
  const near = names
    .map((name) => ({ name, far: distance(name.toLowerCase(), text.toLowerCase()) }))
    .filter(({ far, name }) => far <= Math.max(2, name.length / 3))
    .sort((a, b) => a.far - b.far)[0]
  return near ? [`did you mean ${shellWord(near.name)}?`] : []
}

async function notFound(kind: Kind, text: string, names: string[], next: string): Promise<CliError> {
  return new CliError(EXIT.notFound, `no ${kind} has the ID or name "${text}"`, { details: await notFoundHint(text, names), next })
}
