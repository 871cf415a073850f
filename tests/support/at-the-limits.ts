/** Requests that are as large or as odd as the server takes them, for counting what each costs it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Asked {
  what: string
  method: string
  /** Below the workspace's path, unless it begins with `/api` or `/docs`. */
  path: string
  headers?: Record<string, string>
  raw?: string | Buffer
}

const SESSION_BODY = JSON.parse(readFileSync(join(import.meta.dirname, 'bodies', 'session.json'), 'utf8')) as object

const MEBIBYTE = 1024 ** 2
const times = (text: string, bytes: number): string => text.repeat(Math.floor(bytes / text.length))
const many = <T>(count: number, item: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => item(n))
const body = (change: object): string => JSON.stringify({ ...SESSION_BODY, ...change })
const posted = (what: string, raw: string | Buffer, path = '/sessions'): Asked => ({ what, method: 'POST', path, raw })

/** Texts that expressions and readers have trouble with, when they have. */
const TEXTS = [
  '/',
  ' ',
  'a',
  '1',
  '.',
  '-',
  '\\',
  '$(',
  '${a',
  '"',
  "'",
  ',',
  ':',
  '%2F',
  '-Xrunjdwp:address=',
  '-agentlib:jdwp=',
  '1-',
  'a.b=',
]

const KEYS = [
  'env.java.opts.all',
  'state.checkpoints.dir',
  'state.savepoints.dir',
  'high-availability.storageDir',
  'jobmanager.memory.process.size',
  'taskmanager.memory.flink.size',
  'taskmanager.numberOfTaskSlots',
  'metrics.reporter.a.class',
  'metrics.reporter.a.port',
  'execution.checkpointing.interval',
  'io.tmp.dirs',
  'pipeline.classpaths',
  'containerized.master.env.PATH',
  'rest.port',
  'a',
]

/** With fifteen values of 64 KiB. */
const configured = (text: string): Asked =>
  posted(
    `values of ${JSON.stringify(text)}`,
    body({ flinkConfiguration: Object.fromEntries(KEYS.map((key) => [key, times(text, 60_000)])) }),
  )

const pem = (text: string): string => Buffer.from(times(text, 390_000)).toString('base64')

const BODIES: Asked[] = [
  posted('a mebibyte of slashes', times('/', MEBIBYTE)),
  posted('a mebibyte of quotes', times('"', MEBIBYTE)),
  posted('a name of a mebibyte', body({ name: times('/', MEBIBYTE - 5_000) })),
  posted('340,000 empty plugins', body({ plugins: many(340_000, () => ({})) })),
  posted('90,000 properties', JSON.stringify(Object.fromEntries(many(90_000, (n) => [`x${n}`, 0])))),
  posted('half a million brackets', `{"jars":${'['.repeat(500_000)}${']'.repeat(500_000)}}`),
  posted('half a million open brackets', '['.repeat(MEBIBYTE)),
  posted('a number of a million digits', `{"name":${times('1', MEBIBYTE - 20)}}`),
  posted('a million escapes', body({ flinkConfiguration: { a: times('\0', 170_000) } })),
  posted('bytes that are no text', Buffer.alloc(MEBIBYTE, 0xff)),
  posted('as many wrong values as are looked at', body({ plugins: many(450, () => ({ jars: many(19, () => 7) })) })),
  posted('a thousand plugins without anything', body({ plugins: many(1_000, () => ({})) })),
  posted('a thousand jars of one name', body({ jars: many(1_000, () => `https://a.example/${times('a', 900)}.jar`) })),
  posted('a thousand odd addresses', body({ jars: many(1_000, () => `https://${times('%2F/', 900)}`) })),
  posted('a thousand coordinates', body({ jars: many(1_000, () => `maven:${times('a.', 900)}`) })),
  posted(
    'plugins in a distribution',
    body({
      plugins: many(250, (n) => ({
        name: `p${n}x`,
        jars: many(3, (m) => `/opt/flink/opt/${times('1-', 1_100)}${m}.jar`),
      })),
    }),
  ),
  posted(
    'log files of half a mebibyte',
    body({ logConfiguration: { 'log4j-console.properties': times(' ', 500_000), a: times('a', 500_000) } }),
  ),
  posted(
    'a thousand arguments',
    JSON.stringify({ name: 'a', job: { args: many(1_000, () => times('"', 500)) } }),
    '/sessions/X/jobs',
  ),
  ...['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', '/'].map((text) =>
    posted(
      `certificates of ${text}`,
      JSON.stringify({
        name: 'a',
        kubeClusterConfig: {
          cluster: { server: 'https://a.example', certificateAuthorityData: pem(text) },
          auth: { bearerToken: { token: times('/', 60_000) } },
        },
      }),
      '/api/org/v1/clusters',
    ),
  ),
  ...TEXTS.map(configured),
]

const read = (what: string, path: string, headers: Record<string, string> = {}): Asked => ({
  what,
  method: 'GET',
  path,
  headers,
})

/** What Node takes of a request's first line and headers together is 16 KiB. */
const HEADERS: Asked[] = [
  read('a path of slashes', `/api${times('/', 12_000)}`),
  read('a path of escapes', `/sessions/${times('%2F', 90)}`),
  read('a query of a thousand names', `/sessions?${times('a&', 12_000)}`),
  read('a query of escapes', `/sessions?name=${times('%25', 12_000)}`),
  read('a label', `/sessions?label=${times('=', 390)}`),
  read('a marker', `/sessions?marker=${times('A', 1_024)}`),
  read('credentials of spaces', '/sessions', { authorization: `Bearer ${times(' ', 12_000)}x y` }),
  read('kinds that are accepted', '/docs/', {
    accept: times('text/html,', 12_000),
    'accept-encoding': times('gzip,', 2_000),
  }),
  read('a request ID', '/sessions', { 'x-request-id': times('a', 12_000) }),
  read('a tag', '/docs/', { 'if-none-match': times('"a",', 12_000) }),
  read('a host', '/sessions', { host: times('a.', 12_000) }),
  read('a thousand headers', '/sessions', Object.fromEntries(many(1_000, (n) => [`x-${n}`, 'a']))),
]

export const AT_THE_LIMITS: readonly Asked[] = [...BODIES, ...HEADERS]
