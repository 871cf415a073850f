import { apiError } from '../api.ts'
import { collect, readInput } from '../body.ts'
import type { Context, ServerOptions } from '../context.ts'
import { openContext, serverOptions } from '../context.ts'
import { usageError } from '../errors.ts'
import { examples } from '../program.ts'
import type { Define } from '../tree.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

interface Flags extends ServerOptions {
  file?: string
  header?: string[]
}

export const define: Define = (command, io) => {
  command
    .description(
      'Make a request to the API with your key and print the answer. ' +
        '{ws} in the path stands for the workspace in use. An answer that is an error is printed too; the exit code says which kind.',
    )
    .argument('<method>', METHODS.join(', '))
    .argument('<path>', 'from /api on, with its query')
    .option('-f, --file <file>', 'the body, sent as it stands: a file, - for stdin')
    .option('-H, --header <name: value>', 'a request header; repeatable', collect)
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir api GET /api/org/v1/me', 'who am I'],
        ['weir api GET "/api/flink/v1/workspaces/{ws}/sessions?limit=2"', 'a page of sessions'],
        ['weir api POST "/api/flink/v1/workspaces/{ws}/sessions" -f body.json', 'a body from a file'],
      ),
    )
    .action(async (method: string, path: string, flags: Flags) => {
      const verb = method.toUpperCase()
      if (!METHODS.includes(verb) || !path.startsWith('/')) {
        const wanted = `a method (${METHODS.join(', ')}), then a path that begins with /`
        throw usageError(`"${method} ${path}" is not a request: ${wanted}`, 'weir api GET /api/org/v1/me')
      }
      const body = flags.file === undefined ? undefined : await readInput(io, flags.file)
      const context = openContext(io, flags)
      const full = path.includes('{ws}') ? path.replaceAll('{ws}', await context.workspace()) : path
      await exchange(context, full, {
        method: verb,
        headers: headers(flags.header),
        ...(body === undefined ? {} : { body }),
      })
    })
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
    ...(request.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...request.headers,
  }
  const response = await fetch(connection.url + path, { ...request, headers: sent }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : (error as Error)
    throw apiError({
      status: 0,
      code: 'UNREACHABLE',
      message: `${connection.url} cannot be reached: ${cause.message}`,
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
