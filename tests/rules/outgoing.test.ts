import { expect, test } from 'vitest'
import { bareCode, production, read } from './files.ts'
import { importsOf } from './imports.ts'

const CLIENTS = /^(undici|(node:)?(http|https|http2|net|tls|dgram))$/
/** What only describes or serves. */
const HARMLESS = new Set([
  'STATUS_CODES',
  'AddressInfo',
  'IncomingMessage',
  'ServerResponse',
  'IncomingHttpHeaders',
  'isIP',
])

/** Each file that can open a connection to elsewhere, and on whose word it does. */
const OUTGOING: Record<string, string> = {
  'src/api/connections.ts': 'listens: the server itself',
  'src/artifacts/addresses.ts': 'the guard itself',
  'src/artifacts/fetch.ts': "callers' files by guardedConnect; the owner's Maven repositories without",
  'src/artifacts/ask.ts': 'sends by the dispatchers of fetch.ts, guarded on each hop',
  'src/runtimes/kubernetes/client/connection.ts':
    "callers' API servers and proxies by guardedConnect and guardedLookup",
  'src/runtimes/kubernetes/client/exchange.ts': 'sends by the dispatcher of connection.ts',
  'src/flink/http.ts':
    "Flink's REST API: of our own processes at 127.0.0.1, or of a service whose name Weir makes, through connection.ts or the cluster's DNS",
  'src/flink/client.ts': 'forms for http.ts',
  'src/runtimes/local/reach.ts': 'our own processes at 127.0.0.1',
  'src/runtimes/fake/http.ts': 'listens at 127.0.0.0/8 for measurements, and asks itself there by client.ts',
  'src/runtimes/local/ports.ts': 'listens, to find free ports',
  'src/flink/distributions/tarball.ts': "Apache's servers and the owner's mirrors",
  'src/cli/commands/api.ts': "the command line, in its user's name",
  'src/cli/quickstart/run.ts': 'listens, to find a free port',
}

const opens = (path: string): boolean =>
  importsOf(path).some(
    ({ to, names, eager }) => eager && CLIENTS.test(to) && !names.every((name) => HARMLESS.has(name)),
  ) || /(?<![\w.])fetch\(`?/.test(bareCode(read(path)).replaceAll(/\b(async )?fetch\([^)]*\)\s*[:{]/g, ''))

test("connections to elsewhere are opened by few files, each for a reason; on a caller's word by the guard alone", () => {
  const found = production().filter((path) => path.startsWith('src/') && !path.includes('.fixture.') && opens(path))
  expect(found.sort()).toEqual(Object.keys(OUTGOING).sort())
})

test("every dispatcher made on a caller's word connects by the guard", () => {
  const made = production()
    .filter((path) => path.startsWith('src/') && !path.includes('.fixture.'))
    .flatMap((path) =>
      [...read(path).matchAll(/new (\w*Agent|Pool|Client)\((?=([\s\S]{0,180}))/g)].map(([, kind, rest = '']) => ({
        path,
        kind,
        guarded: /guarded(Connect|Lookup)\(/.test(rest),
      })),
    )
  expect(made.filter(({ guarded }) => !guarded).map(({ path, kind }) => `${path} ${kind}`)).toEqual([
    // The owner's own settings.
    'src/artifacts/fetch.ts EnvHttpProxyAgent',
    'src/flink/distributions/tarball.ts EnvHttpProxyAgent',
    // Weir's own children, or services that it names itself.
    'src/flink/http.ts Agent',
  ])
})
