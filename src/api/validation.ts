/** How requests are read and checked: bodies as they stand, query strings with their numbers and flags made so. */
import type { FastifyInstance, FastifyRequest, FastifyServerOptions } from 'fastify'
import { decoded, isDecodable } from '../domain/file-name.ts'
import { normalizeName } from '../domain/names.ts'
import { crowded, excessInText } from './body-limits.ts'
import { ApiError } from './errors.ts'
import { unstorableText } from './violations.ts'

/** Text longer than this matches no pattern; every field with a pattern is far shorter. */
const LONGEST_MATCHED = 4_096

/** The validator goes on after a first violation, so a pattern is also tried on text that `maxLength` already refused. */
const boundedRegExp = Object.assign(
  (pattern: string, flags: string) => {
    const expression = new RegExp(pattern, flags)
    return {
      test: (text: string) => text.length <= LONGEST_MATCHED && expression.test(text),
      // The validator keeps one expression for each text that this answers.
      toString: () => expression.toString(),
    }
  },
  { code: 'new RegExp' },
)

export const validatorOptions: FastifyServerOptions['ajv'] = {
  customOptions: {
    allErrors: true,
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: false,
    verbose: true,
    code: { regExp: boundedRegExp },
  },
}

interface QuerySchema {
  properties: Record<string, { type?: string }>
}

/** Query strings are text: what the schema calls an integer or a flag is made one, the rest is left for the check. */
function readQuery(request: FastifyRequest): void {
  const schema = request.routeOptions.schema?.querystring as QuerySchema | undefined
  if (!schema) return
  const query = request.query as Record<string, unknown>
  for (const [name, { type }] of Object.entries(schema.properties)) {
    const text = query[name]
    if (typeof text !== 'string') continue
    if (type === 'integer' && /^-?[0-9]{1,15}$/.test(text)) query[name] = Number(text)
    // A flag that is only named (`?force`) is meant.
    if (type === 'boolean' && /^(true|false|)$/.test(text)) query[name] = text !== 'false'
  }
}

/** Names are compared in one form, so they are brought into it before their length is looked at. */
function readName(holder: unknown): void {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, 'name')) return
  const { name } = holder as { name: unknown }
  if (typeof name === 'string') Object.assign(holder, { name: normalizeName(name) })
}

/** The framework would take what is no escape for text; nobody means `%zz`. Throws ApiError. */
function checkEscapes({ url }: FastifyRequest): void {
  const query = url.slice(url.indexOf('?') + 1)
  if (!url.includes('?') || isDecodable(query)) return
  const part = query.split('&').find((one) => !isDecodable(one)) ?? ''
  const name = part.split('=', 1)[0] ?? ''
  throw new ApiError('BAD_REQUEST', 'The query is not readable.', [
    {
      path: isDecodable(name) ? `query/${decoded(name)}` : 'query',
      message: `${JSON.stringify(part.slice(0, 80))} has a "%" that begins no escape of UTF-8: write %25 for the sign itself`,
    },
  ])
}

const TOO_MUCH = 'The body holds more than is taken.'

export function readRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => checkEscapes(request))
  app.addHook('preValidation', async (request) => {
    const tooMany = crowded(request.body)
    if (tooMany.length > 0) throw new ApiError('INVALID_REQUEST', TOO_MUCH, tooMany)
    readQuery(request)
    readName(request.body)
  })
  app.addHook('preHandler', async (request) => {
    const violations = [...unstorableText(request.body), ...unstorableText(request.query, 'query')]
    if (violations.length > 0)
      throw new ApiError('INVALID_REQUEST', 'The request holds text that cannot be stored.', violations)
    // Only now: a name of spaces is one that nothing has, which is no mistake.
    readName(request.query)
  })
}

/** JSON in UTF-8 is the only body there is; one that is empty counts as none. */
export function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(['application/json'], { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined)
    const message = excessInText(body as Buffer)
    if (message !== undefined) return done(new ApiError('INVALID_REQUEST', TOO_MUCH, [{ path: '', message }]))
    let text: string
    try {
      text = utf8.decode(body as Buffer)
    } catch {
      return done(new ApiError('MALFORMED_JSON', 'The body is not UTF-8 text.'))
    }
    void parse(request, text, (error, value) => {
      if (error)
        return done(
          new ApiError('MALFORMED_JSON', `The body is not readable as JSON: ${reasonOf(text) ?? error.message}.`),
        )
      done(null, value)
    })
  })
}

/** The framework's parser does not say where it stopped; the plain one does. */
function reasonOf(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined // readable, but refused: a property such as `__proto__`
  } catch (error) {
    return (error as Error).message
  }
}
