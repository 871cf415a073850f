/**
 * What `npm test` runs, from a fresh clone on: gets what the tests need (Flink distributions, while the suites that
 * need none already run), checks types, then runs every suite. Ends in one line, `N passed, N failed`, over all of them
 * (a failed type check or set-up counts as a failure), and in exit code 0 only if nothing failed.
 * Arguments go to vitest: `npm test -- src/store` runs what matches.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openDistributions } from '../src/server/distributions.ts'
import { programs as postgresPrograms } from '../tests/support/postgres.ts'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

const ROOT = resolve(import.meta.dirname, '..')
/** What the tests with real Flink run on: the oldest, the last of 1.x, the newest. */
const RUNTIMES = ['FLINK_1_17', 'FLINK_1_20', 'FLINK_2_3']

const children = new Set<ChildProcess>()
let stopped: NodeJS.Signals | undefined
const abort = new AbortController()
const started = performance.now()

const say = (text: string): void => void process.stdout.write(`\n[${((performance.now() - started) / 1000).toFixed(0)} s] ${text}\n`)

/** Runs Node with the terminal's own streams; answers the exit code. */
function node(args: string[]): Promise<number> {
  if (stopped) return Promise.resolve(1)
  return new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
    children.add(child)
    child.once('exit', (code) => {
      children.delete(child)
      done(code ?? 1)
    })
  })
}

async function typeCheck(): Promise<Counts> {
  say('checking types')
  const code = await node([join('node_modules', 'typescript', 'bin', 'tsc')])
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

async function suite(projects: string[], ...flags: string[]): Promise<Counts> {
  say(`running tests: ${projects.join(', ')}`)
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'))
  const report = join(folder, 'report.json')
  try {
    const code = await node([
      join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...projects.flatMap((name) => ['--project', name]), '--passWithNoTests',
      '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...flags, ...process.argv.slice(2),
    ])
    return counts(report, code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

/** A file that could not even be loaded has no tests of its own to count: it is one failure, and so is a run without a report. */
function counts(path: string, code: number): Counts {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report
    const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
    const failed = report.numFailedTests + unloaded
    const skipped = report.numPendingTests + report.numTodoTests
    return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed, skipped }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/** The distributions, ahead of the suite that would get them by itself; undefined when all are there, else why not. */
async function setUpFlink(): Promise<string | undefined> {
  const { catalogue, distributions } = openDistributions()
  try {
    for (const { runtime, version } of catalogue.filter((entry) => RUNTIMES.includes(entry.runtime))) {
      if (await distributions.find(version)) continue
      say(`installing Flink ${version}`)
      const begun = performance.now()
      const { source } = await distributions.install(version, undefined, abort.signal)
      say(`Flink ${version} is installed for ${runtime} (${source}, ${((performance.now() - begun) / 1000).toFixed(0)} s)`)
    }
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function checkPostgres(): void {
  try {
    postgresPrograms()
  } catch (error) {
    say(`The database tests will fail. ${(error as Error).message}`)
  }
}

function onSignal(signal: NodeJS.Signals): void {
  stopped = signal
  abort.abort()
  // On a terminal Ctrl-C has reached the children by itself; twice would make vitest skip its clean-up.
  if (signal === 'SIGINT' && process.stdin.isTTY) return
  for (const child of children) child.kill(signal)
}

async function main(): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, onSignal)
  // npm signals the shell between it and us, which may die of it without a word.
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && !stopped && onSignal('SIGTERM'), 500).unref()
  checkPostgres()
  const flinkReady = setUpFlink()
  // Three on two cores: many of these tests wait for processes of their own.
  const results = [await typeCheck(), await suite(['fast', 'process', 'database'], '--maxWorkers=3')]
  const missing = await flinkReady
  if (missing === undefined) results.push(await suite(['flink']))
  else {
    say(`The tests with Flink cannot run: ${missing}`)
    results.push({ passed: 0, failed: 1, skipped: 0 })
  }
  const sum = (key: keyof Counts): number => results.reduce((total, result) => total + result[key], 0)
  if (stopped) say(`stopped by ${stopped}`)
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
  process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped}\n`)
  return sum('failed') === 0 && !stopped ? 0 : 1
}

process.exitCode = await main()
