/** The program that fetches files, run on plans of tests: what starts it, and the server that it asks. */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Server as AnyServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { filesJar } from '../helper-jars.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export const exec = promisify(execFile)
export const JAR = Buffer.from('PK'.repeat(50_000))
export const SHA256 = createHash('sha256').update(JAR).digest('hex')
export const OPEN = '!allow 127.0.0.1/32'
export const LATER = 3
export const NEVER = 2

/** What the present test runs against. */
export const run = {} as {
  /** Where the jar of the program was built. */
  machine: string
  program: string
  work: string
  folder: string
  server: Server
  base: string
  answer: Answer
}

/** Builds the program, and gives each test a server and a folder of its own. */
export function useFetchProgram(): void {
  beforeAll(async () => {
    run.machine = await mkdtemp(join(tmpdir(), 'weir-files-jar-'))
    vi.stubEnv('WEIR_CACHE_DIR', run.machine)
    run.program = await filesJar()
  })

  afterAll(async () => {
    vi.unstubAllEnvs()
    await rm(run.machine, { recursive: true })
  })

  beforeEach(async () => {
    run.work = await mkdtemp(join(tmpdir(), 'weir-fetch-'))
    run.folder = join(run.work, 'files')
    run.answer = (_, response) => response.end(JAR)
    run.server = createServer((request, response) => run.answer(request, response))
    run.base = `http://127.0.0.1:${await listen(run.server)}`
  })

  afterEach(async () => {
    await close(run.server)
    await rm(run.work, { recursive: true })
  })
}

export async function listen(which: AnyServer): Promise<number> {
  await new Promise<void>((resolve) => which.listen(0, '127.0.0.1', resolve))
  return (which.address() as AddressInfo).port
}

export function close(which: Server): Promise<void> {
  which.closeAllConnections()
  return new Promise((resolve) => which.close(() => resolve()))
}

interface Outcome {
  code: number | null
  out: string[]
  error: string
  files: string[]
}

export async function start(lines: string[], properties: Record<string, string> = {}) {
  const [plan, log] = [join(run.work, 'plan'), join(run.work, 'termination-log')]
  await writeFile(plan, `${lines.join('\n')}\n`)
  await writeFile(log, '')
  const all = { 'termination-log': log, 'delay-ms': '10', image: join(run.work, 'image'), ...properties }
  const flags = Object.entries(all).map(([key, value]) => `-D${key.includes('.') ? '' : 'weir.files.'}${key}=${value}`)
  const jvm = ['-Xmx64m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...flags, '-cp', run.program]
  return spawn('java', [...jvm, 'dev.weir.files.Fetch', plan, run.folder], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs the program to its end. What it says on standard error must be one line, and the container's last words. */
export async function fetchAll(lines: string[], properties?: Record<string, string>): Promise<Outcome> {
  const child = await start(lines, properties)
  const texts = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.error += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  expect(texts.error).toBe(code === 0 ? '' : `${await readFile(join(run.work, 'termination-log'), 'utf8')}\n`)
  expect(texts.error.trimEnd()).not.toContain('\n')
  return { code, out: texts.out.trimEnd().split('\n'), error: texts.error.trimEnd(), files: await filesIn(run.folder) }
}

export const one = (path: string, ...options: string[]) =>
  fetchAll([OPEN, ...options, `extra/job.jar\t${run.base}${path}`])
export const impatient = () => fetchAll([OPEN, `extra/job.jar\t${run.base}/job.jar`], { 'stall-ms': '500' })

export async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(root.length + 1))
    .sort()
}

export async function image(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(run.work, 'image', path, '..'), { recursive: true })
    await writeFile(join(run.work, 'image', path), path)
  }
}
