/**
 * How the programs that run tests run them: each suite in a process of its own and counted, and at the end what failed,
 * once more, and one line over all of them, `N passed, N failed`. WEIR_TEST_SUMMARY (a file) gets that line and, below
 * it, what failed, for scripts that run several.
 */

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

export interface Counts {
  passed: number
  failed: number
  skipped: number
  /** What failed, for whoever reads the end of a long output only. */
  failures?: string[]
}

/** Of what could not even begin, which has been told. */
export const ONE_FAILURE: Counts = { passed: 0, failed: 1, skipped: 0 }

const ROOT = resolve(import.meta.dirname, '..')
const children = new Set<ChildProcess>()
const abort = new AbortController()
const started = performance.now()
let stopped: NodeJS.Signals | undefined

export const say = (text: string): void =>
  void process.stdout.write(`\n[${((performance.now() - started) / 1000).toFixed(0)} s] ${text}\n`)

/** Runs Node with the terminal's own streams; answers the exit code. */
export function node(args: string[]): Promise<number> {
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

/**
 * The type check, then format and lint of every file; `flags` go to the linter. Says all that is wrong; answers whether
 * nothing is.
 */
export async function check(flags: string[] = []): Promise<boolean> {
  say('checking types, format and lint')
  const types = await node([join('node_modules', 'typescript', 'bin', 'tsc')])
  const style = await node([
    join('node_modules', '@biomejs', 'biome', 'bin', 'biome'),
    'check',
    '--error-on-warnings',
    ...flags,
  ])
  return types === 0 && style === 0
}

/** Projects of vitest, with the arguments that this program was given. */
export async function suite(projects: string[], ...flags: string[]): Promise<Counts> {
  say(`running tests: ${projects.join(', ')}`)
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'))
  const report = join(folder, 'report.json')
  try {
    const code = await node([
      join('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      ...projects.flatMap((name) => ['--project', name]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...flags,
      ...process.argv.slice(2),
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
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
  }[]
}

/** The beginning of a message, which may hold whole logs. */
const MESSAGE_LINES = 12

const failureText = (name: string, message = ''): string =>
  [name, ...linesOf(message).slice(0, MESSAGE_LINES)].join('\n    ')

/** Without colours, and without the test runner's own lines of a stack. */
const linesOf = (message: string): string[] =>
  stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s*at .*(\/node_modules\/|new Promise)/.test(line))

function failuresOf({ testResults }: Report): string[] {
  return testResults.flatMap((file) => {
    const path = relative(ROOT, file.name)
    const tests = file.assertionResults.filter((test) => test.status === 'failed')
    if (file.status === 'failed' && file.assertionResults.length === 0) return [failureText(path, file.message)]
    return tests.map((test) => failureText(`${path} > ${test.fullName}`, test.failureMessages[0]))
  })
}

/**
 * A file that could not even be loaded has no tests of its own to count: it is one failure, and so is a run without a
 * report.
 */
function counts(path: string, code: number): Counts {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report
    const failures = failuresOf(report)
    if (failures.length === 0 && code !== 0) failures.push('something beside the tests: vitest told it in its output')
    const skipped = report.numPendingTests + report.numTodoTests
    return { passed: report.numPassedTests, failed: failures.length, skipped, failures }
  } catch {
    return ONE_FAILURE
  }
}

function onSignal(signal: NodeJS.Signals): void {
  stopped = signal
  abort.abort()
  // On a terminal Ctrl-C has reached the children by itself; twice would make vitest skip its clean-up.
  if (signal === 'SIGINT' && process.stdin.isTTY) return
  for (const child of children) child.kill(signal)
}

/**
 * Runs `parts`, prints the last line over all that they answer, and answers the exit code. The signal ends what is
 * under way.
 */
export async function summed(parts: (signal: AbortSignal) => Promise<Counts[]>): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, onSignal)
  // npm signals the shell between it and us, which may die of it without a word.
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && !stopped && onSignal('SIGTERM'), 500).unref()
  const results = await parts(abort.signal)
  const sum = (key: 'passed' | 'failed' | 'skipped'): number =>
    results.reduce((total, result) => total + result[key], 0)
  if (stopped) say(`stopped by ${stopped}`)
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
  const line = `${sum('passed')} passed, ${sum('failed')} failed${skipped}\n`
  const failures = results.flatMap((result) => result.failures ?? []).map((failure) => `FAILED ${failure}\n`)
  if (process.env['WEIR_TEST_SUMMARY']) writeFileSync(process.env['WEIR_TEST_SUMMARY'], [line, ...failures].join(''))
  process.stdout.write(`\n${[...failures, line].join('\n')}`)
  return sum('failed') === 0 && !stopped ? 0 : 1
}
