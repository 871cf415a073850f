/** Any request to the API, with the key and the workspace in use. */
import { reasonOf } from '../../api/client/client.ts'
import { defined } from '../../domain/defined.ts'
import { apiError } from '../api.ts'
import { collect, readInput } from '../body.ts'
import type { Definition } from '../command.ts'
import type { Context } from '../context.ts'
import { usageError } from '../errors.ts'
import { WORKSPACE } from '../options.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export const api: Definition<{ file?: string; header?: string[] }, [string, string]> = {
  description:
    'Make a request to the API with your key and print the answer. ' +
    '{ws} in the path stands for the workspace in use. ' +
    'An answer that is an error is printed too; the exit code says which kind.',
  arguments: [
    ['<method>', METHODS.join(', ')],
    ['<path>', 'from /api on, with its query'],
  ],
  options: [
    ['-f, --file <file>', 'the body, sent as it stands: a file, - for stdin'],
    ['-H, --header <name: value>', 'a request header; repeatable', collect],
    ...WORKSPACE,
  ],
  examples: [
    ['weir api GET /api/org/v1/me', 'who am I'],
    ['weir api GET "/api/flink/v1/workspaces/{ws}/sessions?limit=2"', 'a page of sessions'],
    ['weir api POST "/api/flink/v1/workspaces/{ws}/sessions" -f body.json', 'a body from a file'],
  ],
  async run(context, flags, word, path) {
    const method = word.toUpperCase()
    if (!METHODS.includes(method) || !path.startsWith('/')) {
      const wanted = `a method (${METHODS.join(', ')}), then a path that begins with /`
      throw usageError(`"${word} ${path}" is not a request: ${wanted}`, 'weir api GET /api/org/v1/me')
    }
    const body = flags.file === undefined ? undefined : await readInput(context.io, flags.file)
    const full = path.includes('{ws}') ? path.replaceAll('{ws}', await context.workspace()) : path
    await exchange(context, full, { method, headers: headers(flags.header), ...defined({ body }) })
  },
}

interface Request {
  method: string
  headers: Record<string, string>
  body?: string
}

/** Outside the generated client, since any path and any body may be tried with it, wrong ones above all. */
async function exchange({ connection, output }: Context, path: string, request: Request): Promise<void> {
  const sent = {
    authorization: `Bearer ${connection.token}`,
    accept: 'application/json',
    ...defined({ 'content-type': request.body && 'application/json; charset=utf-8' }),
    ...request.headers,
  }
  const response = await fetch(connection.url + path, { ...request, headers: sent }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error)
    throw apiError({
      status: 0,
      code: 'UNREACHABLE',
      message: `${connection.url} cannot be reached: ${reasonOf(cause)}`,
      details: [],
    })
  })
  const text = await response.text()
  const body = parsed(text)
  if (typeof body === 'string') output.line(body)
  else if (body !== undefined) output.data(body)
  if (response.ok) return
  const message = (body as { message?: string } | undefined)?.message ?? `${response.status} ${response.statusText}`
  throw apiError({ status: response.status, code: 'REFUSED', message, details: [] })
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

function headers(flags: string[] = []): Record<string, string> {
  return Object.fromEntries(
    flags.map((text) => {
      const at = text.indexOf(':')
      if (at < 1) throw usageError(`-H "${text}": it must be "Name: value"`, '-H "If-Match: \\"3\\""')
      return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
    }),
  )
}
