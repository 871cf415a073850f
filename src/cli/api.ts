/** The server's answers: pages put together, refusals and a server that is not there as errors for the terminal. */
import type { WeirError, WeirResult } from '../api/client/client.ts'
import { defined } from '../domain/defined.ts'
import { CliError, EXIT, exitCodeOf, shellWord } from './errors.ts'
import { nearest } from './nearest.ts'
import { plain } from './output.ts'

/** The data of a good answer; throws what `apiError` makes of a bad one. `next` is where that knows nothing better. */
export function expectOk<T>(result: WeirResult<T>, next?: string | string[]): T {
  if (!result.ok) throw apiError(result.error, next)
  return result.data
}

export function apiError(error: WeirError, next: string | string[] = []): CliError {
  const details = error.details.map(({ path, message }) => plain(path ? `${path}: ${message}` : message))
  if (error.status >= 500 && error.requestId)
    details.push(`request ID ${error.requestId}: the server's log says more under it`)
  const exitCode = error.status === 0 ? EXIT.unreachable : exitCodeOf(error.status)
  return new CliError(exitCode, plain(error.message), { details, next: nextFor(error) ?? next })
}

function nextFor({ status }: WeirError): string | string[] | undefined {
  if (status === 0)
    return [
      'weir up   (starts a server on this machine)',
      'weir help environment   (which server is talked to, and why)',
    ]
  if (status === 401) return 'weir help environment   (where the key comes from)'
  if (status === 403) return 'weir api GET /api/org/v1/me   (who you are)'
  return undefined
}

/** Every ID is of this form; a name may be, too. */
export const ID = /^[A-Z0-9]{1,20}$/

/** The query of a page, without what is not given. */
export const page = <T extends object>(query: T) => defined({ limit: 100, ...query })

/** No answer in this time is none. */
export const timely = (): AbortSignal => AbortSignal.timeout(60_000)

export interface Page<T> {
  items: T[]
  marker?: string
  unreadable?: Unreadable[]
}

/** What the server has, and can't read any more. */
export interface Unreadable {
  id: string
  name: string
  message: string
}

/** Every item of a list, however many pages it has. */
export async function allPages<T>(
  page: (marker: string | undefined) => Promise<WeirResult<Page<T>>>,
  isLeftOut: (record: Unreadable) => void = () => {},
): Promise<T[]> {
  const items: T[] = []
  let marker: string | undefined
  do {
    const { items: more, marker: next, unreadable = [] } = expectOk(await page(marker))
    items.push(...more)
    unreadable.forEach(isLeftOut)
    marker = next
  } while (marker)
  return items
}

/** With the one of `all` that may have been meant. */
export async function notFound(noun: string, text: string, all: readonly { name: string }[]): Promise<CliError> {
  const near = await nearest(
    text,
    all.map(({ name }) => name),
  )
  const details = near === undefined ? [] : [`did you mean ${shellWord(near)}?`]
  return new CliError(EXIT.notFound, `no ${noun} has the ID or name "${text}"`, { details, next: `weir ${noun} list` })
}
