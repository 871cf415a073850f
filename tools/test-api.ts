/**
 * What `npm run test:api` runs: schemathesis (PyPI) with all its checks against a server on the fake runtime. It makes
 * requests from the contract, right and wrong ones, alone and one after another, and holds every answer against it.
 * Gets schemathesis into a virtual environment in the user's cache, by pip, once; needs Python 3.10 with pip. Arguments
 * go to it: `npm run test:api -- --max-examples 200` looks longer. Ends in `N passed, N failed`: the operations, and one
 * for requests that follow from each other.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultCacheDir } from '../src/flink/distributions/cache.ts'
import { readConfig } from '../src/server/config.ts'
import { serve } from '../src/server/serve.ts'
import { type Counts, ONE_FAILURE, say, summed } from './suites.ts'

const REQUIREMENTS = join(import.meta.dirname, 'schemathesis-requirements.txt')
/** The same requests in every run, few enough for a minute; `--seed` and `--max-examples` choose others. */
const BOUNDED = ['--seed=1', '--max-examples=5']

async function run(command: string, args: string[], options: { signal: AbortSignal; cwd?: string }): Promise<number> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options })
  return new Promise((resolve) => {
    child.once('error', (error) => {
      say(`${command}: ${error.message}`)
      resolve(1)
    })
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

/** Python with schemathesis in it, of exactly those versions; undefined where it can't be had. */
async function python(signal: AbortSignal): Promise<string | undefined> {
  const pins = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
  const folder = join(defaultCacheDir(process.env), 'schemathesis', pins)
  const [executable, whole] = [join(folder, 'bin', 'python'), join(folder, 'whole')]
  if (existsSync(whole)) return executable
  say('installing schemathesis')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // pip from outside: many systems have the module venv without the pip that it would put in.
  const pip = [
    '-m',
    'pip',
    '--python',
    executable,
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    REQUIREMENTS,
  ]
  for (const args of [['-m', 'venv', '--without-pip', folder], pip])
    if ((await run('python3', args, { signal })) !== 0) return undefined
  writeFileSync(whole, '')
  return executable
}

/**
 * What the contract can't say by itself. How fast requests are made up says nothing of the server: no health checks.
 * 412 and 422 stand beside what is taken for granted: another revision than the one asked for, and the contract's word
 * for a request of the right shape that a rule speaks against. IDs of workspaces that are made up would all be answered
 * 404 before anything else is looked at.
 */
const configuration = (key: string, workspace: string): string => `
suppress-health-check = ["all"]
continue-on-failure = true

[auth.openapi.key]
bearer = "${key}"

[checks]
positive_data_acceptance.expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 412, 422, 429]

[[operations]]
include-path-regex = "^/api/flink/"
parameters = { "path.ws" = "${workspace}" }
`

async function workspaceOf(url: string, key: string): Promise<string> {
  const answer = await fetch(`${url}/api/org/v1/workspaces`, { headers: { authorization: `Bearer ${key}` } })
  const { items } = (await answer.json()) as { items: { id: string }[] }
  return items[0]?.id ?? ''
}

async function tested(signal: AbortSignal): Promise<Counts> {
  const executable = await python(signal)
  if (executable === undefined) {
    say('The contract cannot be tested: schemathesis could not be installed. It needs python3 (3.10) with pip.')
    return ONE_FAILURE
  }
  const folder = mkdtempSync(join(tmpdir(), 'weir-api-'))
  const flags = { 'data-dir': join(folder, 'data'), listen: '127.0.0.1:0', runtime: 'fake', 'log-level': 'error' }
  const server = await serve(readConfig(flags, {}), {})
  try {
    const [config, report] = [join(folder, 'schemathesis.toml'), join(folder, 'report.xml')]
    const key = readFileSync(server.keyFile, 'utf8').trim()
    writeFileSync(config, configuration(key, await workspaceOf(server.url, key)), { mode: 0o600 })
    const cli = 'import sys; from schemathesis.cli import schemathesis; sys.argv[0] = "schemathesis"; schemathesis()'
    const where = ['--config-file', config, '--no-color', 'run', `${server.url}/api/openapi.json`]
    const how = ['--generation-database=none', '--warnings=off', `--report-junit-path=${report}`]
    const args = ['-c', cli, ...where, ...how, ...BOUNDED, ...process.argv.slice(2)]
    // It leaves what failed below the folder that it runs in.
    const code = await run(executable, args, { signal, cwd: folder })
    return counts(report, code)
  } finally {
    await server.close({ stopClusters: true, force: () => true })
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Each test case of the report is one operation with all its requests. */
function counts(report: string, code: number): Counts {
  if (!existsSync(report)) return ONE_FAILURE
  const cases = readFileSync(report, 'utf8').split('<testcase').slice(1)
  const failed = cases.filter((text) => /<(failure|error)\b/.test(text)).length
  const skipped = cases.filter((text) => text.includes('<skipped')).length
  const unseen = failed === 0 && code !== 0 ? 1 : 0
  return { passed: cases.length - failed - skipped, failed: failed + unseen, skipped: 0 }
}

process.exitCode = await summed(async (signal) => [await tested(signal)])
