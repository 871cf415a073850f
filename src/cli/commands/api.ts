import { apiError, request } from '../api.ts'
import { readInput } from '../body.ts'
import { openContext, serverOptions } from '../context.ts'
import type { ServerOptions } from '../context.ts'
import { CliError, EXIT } from '../errors.ts'
import { examples } from '../program.ts'
import type { Define } from '../tree.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

interface Flags extends ServerOptions {
  file?: string
  header?: string[]
}

export const define: Define = (command, io) => {
  command
    .description('Make a request to the API with your key and print the answer.\n'
      + '{ws} in the path stands for the workspace in use. A refused request prints the API\'s error and exits as `weir help exit-codes` has it.')
    .argument('<method>', METHODS.join(', '))
    .argument('<path>', 'from /api on, with its query')
    .option('-f, --file <file>', 'the body, sent as it stands: a file, - for stdin')
    .option('-H, --header <name: value>', 'a request header; repeatable', (value, before: string[] = []) => [...before, value])
  serverOptions(command).addHelpText('after', examples(
    ['weir api GET /api/org/v1/me', 'who am I'],
    ['weir api GET "/api/flink/v1/workspaces/{ws}/sessions?limit=2"', 'a page of sessions'],
    ['weir api POST /api/flink/v1/workspaces/{ws}/sessions -f body.json', 'a body from a file'],
  )).action(async (method: string, path: string, flags: Flags) => {
    const verb = method.toUpperCase()
    if (!METHODS.includes(verb) || !path.startsWith('/')) {
      throw new CliError(EXIT.usage, `"${method} ${path}" is not a request: a method (${METHODS.join(', ')}), then a path that begins with /`, {
        next: 'weir api GET /api/org/v1/me',
      })
    }
    const body = flags.file === undefined ? undefined : await readInput(io, flags.file)
    const context = openContext(io, flags)
    const full = path.includes('{ws}') ? path.replaceAll('{ws}', (await context.workspacePath()).split('/').at(-1) ?? '') : path
    const options = { headers: headers(flags.header), ...(body === undefined ? {} : { body }) }
    const answer = await request(context.connection, verb, full, options)
    if (!answer.ok) {
      context.output.data(answer.error)
      throw apiError(answer)
    }
    if (answer.body !== undefined) typeof answer.body === 'string' ? context.output.line(answer.body) : context.output.data(answer.body)
  })
}

function headers(flags: string[] = []): Record<string, string> {
  return Object.fromEntries(flags.map((text) => {
    const at = text.indexOf(':')
    if (at < 1) throw new CliError(EXIT.usage, `-H "${text}": it must be "Name: value"`, { next: '-H "If-Match: \\"3\\""' })
    return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  }))
}
