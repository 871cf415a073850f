import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CommandOptions } from './command.ts'
import { firstWorking, lastWords, runCommand } from './command.ts'
import { temporaryFolder } from './release.fixture.ts'

let folder: string

beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => rm(folder, { recursive: true }))

const options = (): CommandOptions => ({
  cwd: folder,
  env: process.env,
  signal: new AbortController().signal,
  silenceMs: 20_000,
})
const sh = (script: string): string[] => ['sh', '-c', script]

test('a command tells its end and its words', async () => {
  expect(await runCommand(sh('echo fine; echo "it\'s $0" >&2'), options())).toMatchObject({ end: 'OK' })
  expect(await runCommand(sh('echo no; exit 3'), options())).toEqual({ end: 'FAILED', output: 'no\n' })
  expect(await runCommand(['/nowhere/pip', 'download'], options())).toMatchObject({ end: 'MISSING' })
  expect(await runCommand([folder], options())).toMatchObject({ end: 'MISSING' })
})

test('arguments reach the command as they are', async () => {
  expect((await runCommand(['printf', '%s|', 'a b', '$HOME', '"', '*'], options())).output).toBe('a b|$HOME|"|*|')
})

test('a command that is silent for too long is ended', async () => {
  expect(await runCommand(sh('echo once; sleep 600'), { ...options(), silenceMs: 300 })).toEqual({
    end: 'SILENT',
    output: 'once\n',
  })
})

test('a silent command whose bytes move is let alone, and they are told', async () => {
  let bytes = 0
  const reported: number[] = []
  const abort = new AbortController()
  const onBytes = (now: number): void => {
    reported.push(now)
    if (reported.length === 4) abort.abort(new Error('seen enough'))
  }
  const running = runCommand(sh('sleep 600'), {
    ...options(),
    signal: abort.signal,
    silenceMs: 700,
    bytes: async () => ++bytes,
    onBytes,
  })
  await expect(running).rejects.toThrow('seen enough')
  expect(reported).toEqual([1, 2, 3, 4])
})

test('what a command started ends with it, also when this process is killed', async () => {
  const script =
    `
    import { runCommand } from ${JSON.stringify(join(import.meta.dirname, 'command.ts'))}
    const options = { cwd: ${JSON.stringify(folder)}, env: process.env, signal: new AbortController().signal, ` +
    `silenceMs: 60_000 }
    await runCommand(['sh', '-c', 'sleep 600 & echo $! > pid; wait'], options)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
  const ended = once(parent, 'exit')
  const pidFile = join(folder, 'pid')
  await expect.poll(() => existsSync(pidFile) && readFile(pidFile, 'utf8'), { timeout: 10_000 }).toBeTruthy()
  const pid = Number(await readFile(pidFile, 'utf8'))
  parent.kill('SIGKILL')
  await ended
  await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false)
})

/** False also for a process that has ended and only waits to be collected. */
async function alive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

test('the first command that works is chosen', async () => {
  expect(await firstWorking([['/nowhere/pip'], sh('exit 1'), sh('exit 0')], '--version', options())).toEqual(
    sh('exit 0'),
  )
  expect(await firstWorking([], '--version', options())).toBeUndefined()
})

test('last words are the telling lines, each once, or the end', () => {
  expect(lastWords('a\nERROR: x\nERROR: x\nERROR: y\nb', /^ERROR/)).toBe('ERROR: x / ERROR: y')
  expect(lastWords('a\nb\nc\n', /^ERROR/)).toBe('b / c')
  expect(lastWords('', /^ERROR/)).toBe('it said nothing')
})
