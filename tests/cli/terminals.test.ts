/** Whatever a server says is text: none of it steers the terminal that it is printed on. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ran, startTestServer, type TestServer } from '../support/cli.ts'

/** Clears the screen, renames the window, begins a sequence in the 8-bit way, writes over the line, turns text round. */
const STEERING = '\u001b[2J\u001b]0;renamed\u0007\u009b31m\u007f\r\u0085\u202emore'

let server: TestServer
let between: Server
let url: string
let key: string
beforeAll(async () => {
  server = await startTestServer()
  key = readFileSync(join(server.dataDir, 'admin.key'), 'utf8').trim()
  await server.weir(['session', 'create', '--name', 'demo', '--runtime', 'FLINK_1_20', '--wait'])
  await server.weir(['job', 'create', '-s', 'demo', '--name', 'fails', '--entry-class', 'fake.Throws', '--wait'])
  between = createServer((request, response) => void pass(request, response))
  await new Promise<void>((listening) => between.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(between.address() as AddressInfo).port}`
})
afterAll(async () => {
  between.close()
  await server.stop()
})

/** What the server answers, with more in every text than it has said. */
async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request)
  const { authorization = '', 'content-type': type = '' } = request.headers
  const answer = await fetch(`${server.url}${request.url}`, {
    method: request.method ?? 'GET',
    headers: { authorization, ...(body && { 'content-type': type }) },
    ...(body && { body }),
  })
  const said: unknown = JSON.parse((await answer.text()) || 'null')
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(steering(said)))
}

/** IDs and names stay, by which the command line finds what it was asked about; lists have one item more. */
function steering(value: unknown, kept = ['id', 'name', 'state'], key = ''): unknown {
  if (typeof value === 'string') return kept.includes(key) ? value : `${value}${STEERING}`
  if (Array.isArray(value))
    return [...value, ...value.slice(0, 1)].map((item, n) => steering(item, n < value.length ? kept : []))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, steering(item, kept, name)]))
}

const COMMANDS = [
  'session list',
  'session describe demo',
  'session events demo',
  'session logs demo',
  'session logs demo --json',
  'session describe demo --json',
  'session create --name demo --runtime FLINK_1_20',
  'session create --name other --runtime FLINK_9_9',
  'job list --session demo',
  'job describe fails --session demo',
  'job events fails --session demo',
  'job wait fails --session demo',
  'workspace list',
  'workspace describe default',
  'api GET /api/org/v1/me',
  'api GET /api/org/v1/nothing',
]

// A few colours and the line that is written over are the command line's own.
// eslint-disable-next-line no-control-regex
const OURS = /\u001b\[(?:1|2|22|3[1-6]|39)m|\r\u001b\[2K/g
// eslint-disable-next-line no-control-regex
const steers = ({ out, err }: Ran): boolean => /[^\P{Cc}\n\t]|[\u202a-\u202e]/u.test((out + err).replace(OURS, ''))

test.each(COMMANDS)('weir %s', async (command) => {
  for (const tty of [true, false]) {
    const ran = await server.weir([...command.split(' '), '--url', url], { tty, env: { WEIR_TOKEN: key } })
    expect(ran.out + ran.err).toContain('more')
    expect(ran, JSON.stringify(ran)).not.toSatisfy(steers)
    if (command.endsWith('--json'))
      expect(JSON.stringify(JSON.parse(ran.out))).toContain(JSON.stringify(STEERING).slice(1, -1))
  }
})
