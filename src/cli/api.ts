/** What the server refused, or a server that is not there, as errors for the terminal. */
import type { WeirError, WeirResult } from '../api/client/client.ts'
import { CliError, EXIT, exitCodeOf } from './errors.ts'

/** The data of a good answer; throws what `apiError` makes of a bad one. `next` is where nothing better is known for that status. */
export function expectOk<T>(result: WeirResult<T>, next?: string | string[]): T {
  if (!result.ok) throw apiError(result.error, next)
  return result.data
}

export function apiError(error: WeirError, next: string | string[] = []): CliError {
  const details = error.details.map(({ path, message }) => (path ? `${path}: ${message}` : message))
  if (error.status >= 500 && error.requestId)
    details.push(`request ID ${error.requestId}: the server's log says more under it`)
  const exitCode = error.status === 0 ? EXIT.unreachable : exitCodeOf(error.status)
  return new CliError(exitCode, error.message, { details, next: nextFor(error) ?? next })
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
