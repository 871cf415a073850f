import { describe, expect, test } from 'vitest'
import { sharedApi } from '../../tests/support/api.ts'
import { emitDocument } from './emit.ts'
import type { ErrorCode } from './errors.ts'
import { docsAnchor, ERRORS } from './errors.ts'
import { renderErrorsReference } from './errors-reference.ts'
import { KIND_ROWS } from './kinds.ts'
import { TARGET_ROWS } from './targets.ts'

interface Operation {
  operationId?: string
  summary?: string
  tags?: string[]
  responses: Record<string, { description?: string; content?: Record<string, { schema: { $ref?: string } }> }>
}

const document = JSON.parse(await emitDocument('0.0.0')) as {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, ...operation })),
)

describe('the contract', () => {
  test('has the operations of this version, by their names', () => {
    const flink = ['FlinkSession', 'FlinkSessionJob']
    const crud = flink.flatMap((noun) => [
      `Create${noun}`,
      `List${noun}s`,
      `Describe${noun}`,
      `Update${noun}`,
      `Delete${noun}`,
    ])
    const more = flink.flatMap((noun) => [`List${noun}Events`, `Get${noun}Logs`])
    const targets = ['Workspace', 'Cluster'].flatMap((noun) => [
      `Create${noun}`,
      `List${noun}s`,
      `Describe${noun}`,
      `Update${noun}`,
      `Delete${noun}`,
      `Check${noun}`,
    ])
    const expected = [
      ...crud,
      ...more,
      ...targets,
      'ListFlinkRuntimes',
      'GetCurrentIdentity',
      ...['ServiceAccountKey', 'RootKey'].flatMap((noun) => [`List${noun}s`, `Revoke${noun}`]),
      'UploadArtifact',
      'ListArtifacts',
      'DescribeArtifact',
      'DownloadArtifact',
      'DeleteArtifact',
    ]
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(expected.sort())
  })

  test.each([
    ['kind of resource', Object.values(KIND_ROWS).filter((row) => row !== null)],
    ['kind of deployment target', TARGET_ROWS],
  ])('offers the same operations for every %s that is served', (_what, rows) => {
    const offered = rows.map(({ url, parameter, noun, tags }) => {
      const path = `${url}/:${parameter}`.replaceAll(/:(\w+)/g, '{$1}')
      const collection = path.slice(0, path.lastIndexOf('/'))
      return operations
        .filter((operation) => operation.name.includes(` ${collection}`) && operation.tags?.[0] === tags[0])
        .map(({ name, operationId = '' }) => `${name.replace(path, '{}').replace(collection, '')} ${operationId}`)
        .map((name) => name.replace(noun, ''))
        .sort()
    })
    expect(offered[0]).toEqual(expect.arrayContaining(['POST  Create', 'GET  Lists', 'PATCH {} Update']))
    for (const ofOne of offered) expect(ofOne).toEqual(offered[0])
  })

  test.each(operations)('$name says what it does and how it fails', ({ summary, tags, responses }) => {
    expect(summary).toMatch(/^[A-Z].+[^.]$/)
    expect(tags).toHaveLength(1)
    for (const status of ['401', '403', '500', '503', '507']) expect(responses).toHaveProperty(status)
    for (const [status, { description, content }] of Object.entries(responses)) {
      expect(description).not.toBe('Default Response')
      if (Number(status) >= 400)
        expect(content?.['application/json']?.schema).toEqual({ $ref: '#/components/schemas/Error' })
    }
  })

  test('refers only to components that it has, and uses every one', () => {
    const referred = new Set(
      [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]),
    )
    expect([...referred].sort()).toEqual(Object.keys(document.components.schemas).sort())
  })

  test('is the same text whenever it is emitted', async () => {
    expect(await emitDocument('0.0.0')).toBe(await emitDocument('0.0.0'))
  })
})

describe('errors', () => {
  const codes = Object.keys(ERRORS) as ErrorCode[]

  test('every status that a route declares has a code, and every code below 500 of a route a status', () => {
    const statuses = new Set(codes.map((code) => String(ERRORS[code].status)))
    const declared = new Set(
      operations.flatMap(({ responses }) => Object.keys(responses).filter((status) => Number(status) >= 400)),
    )
    expect([...declared].filter((status) => !statuses.has(status))).toEqual([])
    // What is no readable request, or one of another method, has no route that could declare it.
    expect([...statuses].filter((status) => !declared.has(status))).toEqual(['405', '417', '431'])
  })

  test('every code is explained in the reference, under its anchor', () => {
    const text = renderErrorsReference()
    for (const code of codes) {
      expect(text).toContain(`\n### ${code}\n`)
      expect(docsAnchor(code)).toBe(`docs/reference/errors.md#${code.toLowerCase()}`)
    }
  })
})

describe('served', () => {
  const api = sharedApi()

  test('the document needs no key and is the emitted one', async () => {
    const { status, body, headers } = await api().call('GET', '/api/openapi.json', { key: null })
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    expect(body).toEqual(document)
  })

  test('who opens the address of the server learns where the API and its reference are', async () => {
    for (const path of ['/', '/api', '/api/']) {
      const { status, body } = await api().call('GET', path, { key: null })
      expect([status, body]).toEqual([200, { api: '/api/openapi.json', docs: '/docs', version: expect.any(String) }])
    }
    const page = await api().app.inject({ url: '/', headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
    expect([page.statusCode, page.headers.location]).toEqual([302, '/docs'])
  })

  test('the pages for people work without the Internet: their script comes from here and nothing else may be loaded', async () => {
    const page = await api().app.inject('/docs/')
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    const scripts = [...page.payload.matchAll(/src="([^"]+)"/g)].map((match) => match[1])
    expect(scripts).toEqual(['js/scalar.js'])
    expect(page.payload).not.toMatch(/https?:\/\//)
    const script = await api().app.inject('/docs/js/scalar.js')
    expect([script.statusCode, script.headers['content-type']]).toEqual([200, 'application/javascript; charset=utf-8'])
    expect(script.payload.length).toBeGreaterThan(1_000_000)
    expect((await api().app.inject('/docs')).headers.location).toBe('/docs/')
  })

  test('answers carry headers that keep browsers from misusing them', async () => {
    const { headers } = await api().call('GET', '/api/org/v1/me')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
  })
})
