/**
 * A noun is a row: what the verbs in `commands/` have to know of sessions, jobs, clusters or workspaces. It is loaded
 * with the command that is called; names and summaries stand in `tree.ts`.
 */
import type { WeirResult } from '../../api/client/client.ts'
import type {
  FlinkSession,
  FlinkSessionJob,
  FlinkSessionSummary,
  ProcessLogList,
  ResourceEventList,
  PlaceStatus as TargetStatus,
} from '../../api/client/generated/types.gen.ts'
import type { Page } from '../api.ts'
import type { Body } from '../body.ts'
import type { Explained, Option } from '../command.ts'
import type { Context } from '../context.ts'
import type { Column } from '../output.ts'

export interface Item {
  id: string
  name: string
  createdAt: string
  state?: string
}

export interface ListQuery {
  name?: string | undefined
  state?: string | undefined
  label?: string | undefined
  q?: string | undefined
  sort?: string | undefined
  marker?: string | undefined
}

export interface RemoveQuery {
  cascade?: boolean | undefined
  force?: boolean | undefined
}

/** The API's operations on what one parent holds. Bodies go out as they stand: the API says what they may hold. */
export interface Collection<Listed extends Item = Item, Whole extends Item = Item> {
  list(query: ListQuery): Promise<WeirResult<Page<Listed>>>
  create(body: Body, headers: { 'idempotency-key': string }): Promise<WeirResult<Listed>>
  describe(id: string): Promise<WeirResult<Whole>>
  update(id: string, body: Body, headers: { 'if-match'?: string }): Promise<WeirResult<Item & { revision: number }>>
  remove(id: string, query: RemoveQuery): Promise<WeirResult<unknown>>
}

export type Summary = FlinkSessionSummary
export type Described = FlinkSession | FlinkSessionJob

export interface Resources extends Collection<Summary, Described> {
  events(id: string, query: { marker?: string | undefined }): Promise<WeirResult<ResourceEventList>>
  logs(id: string, query: { tail?: number; process?: string | undefined }): Promise<WeirResult<ProcessLogList>>
}

/** What is the same of clusters and workspaces. */
export interface Target extends Item {
  revision: number
  status: TargetStatus
}

export interface Targets<T extends Target = Target> extends Collection<T, T> {
  /** Asks for a fresh look. */
  check(id: string): Promise<WeirResult<T>>
}

/** One of a collection; `session` is what a job is in. */
export interface Located<C extends Collection = Collection> {
  noun: string
  id: string
  name: string
  in: C
  session?: Located<Resources> | undefined
}

export type Siblings<C extends Collection = Collection> = Pick<Located<C>, 'in' | 'session'>

/** Of one verb: what its help says beside what it says for every noun. */
interface Words {
  description?: string
  options?: Option[]
  examples: Explained[]
}

export interface CreateColumn<C extends Collection = Collection> extends Words {
  arguments?: Explained[]
  /** A body, for the help. */
  body: string
  /** The body from files and flags; no server is asked. */
  read(context: Context, flags: object, args: string[]): Promise<Body>
  /** Puts in what only the server knows. */
  complete?(context: Context, body: Body, flags: object): Promise<void>
  /** Waits as long; absent where there is nothing to wait for. */
  untilRunning?(context: Context, it: Located<C>, timeoutMs: number): Promise<Item | undefined>
  /** The next command after a refusal; `missing` where what the body names is not there. */
  refused: string
  missing?: string
}

export interface UpdateColumn extends Words {
  /** The flags that change something, for whoever gave none. */
  changes: string
  /** Fields beside `name` that flags set. */
  read?(context: Context, flags: object): Promise<Body>
}

export interface DeleteColumn<C extends Collection = Collection> extends Words {
  /** Follows the question. */
  consequence(flags: RemoveQuery): string
  /** The next command after a refusal. */
  refused(it: Located, status: number, flags: RemoveQuery): string
  /** Waits as long; absent where the answer to a deletion means that it is gone. */
  untilGone?(context: Context, it: Located<C>, timeoutMs: number): Promise<unknown>
}

export interface Row<C extends Collection = Collection> {
  /** As it is typed. */
  noun: string
  /** A name for examples. */
  example: string
  /** What every command about it takes: which server and workspace. */
  server: Option[]
  /** What further tells where one is. */
  where: Option[]
  /** The collections that one may be in. */
  collections(context: Context, session?: string): Promise<Siblings<C>[]>
  /** The lines of a description. */
  record(whole: never, it: Located): [string, string][]
  /** What is shown of one, and what with --json. */
  described: [string, string]
  list: Words & { columns: Column<never>[]; none: string }
  create: CreateColumn<C>
  update?: UpdateColumn
  delete: DeleteColumn<C>
}

export interface TargetRow extends Row<Targets> {
  check: { description: string }
}
