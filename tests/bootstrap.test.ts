import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** In place of npm: says what it was asked, takes a moment, then writes what npm writes last. */
const NPM = `
import { appendFileSync, copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
appendFileSync('npm.calls', process.argv.slice(2).join(' ') + '\\n')
if (existsSync('npm.fails')) { console.error('npm ERR! the registry is away'); process.exit(9) }
await setTimeout(200)
mkdirSync('node_modules', { recursive: true })
copyFileSync('package-lock.json', 'node_modules/.package-lock.json')
`

const lockFile = (version: string): string =>
  JSON.stringify({ packages: { '': {}, 'node_modules/thing': { version } } })

/** A clone that nothing was installed in. */
function clone() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-clone-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'tools'))
  cpSync(resolve(import.meta.dirname, '../tools/bootstrap.mjs'), join(folder, 'tools/bootstrap.mjs'))
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
  writeFileSync(join(folder, 'package-lock.json'), lockFile('1.0.0'))
  writeFileSync(join(folder, 'npm-cli.js'), NPM)
  return folder
}

/** `old`: as under a Node that cannot become another program, so that a second process is needed. */
function start(
  folder: string,
  script: string,
  { old = false, command = ['-e', script], env: more = {} }: { old?: boolean; command?: string[]; env?: object } = {},
) {
  const hook = old ? ['--import', 'data:text/javascript,delete process.execve'] : []
  const args = [...hook, join(folder, 'tools/bootstrap.mjs'), ...command]
  const env = { PATH: process.env.PATH, npm_execpath: join(folder, 'npm-cli.js'), ...more }
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stderr.on('data', (chunk) => (err += chunk))
  const ready = new Promise<void>((done) =>
    child.stdout.on('data', (chunk) => {
      out += chunk
      if (out.includes('ready')) done()
    }),
  )
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
    out,
    err,
  }))
  return { child, ready, ended }
}

const calls = (folder: string): number => readFileSync(join(folder, 'npm.calls'), 'utf8').trim().split('\n').length
const locks = (folder: string): string[] => readdirSync(join(folder, '.weir'))
const HELLO = 'console.log("hello", process.argv.slice(1).join())'

test('a fresh clone installs once, then runs at once', async () => {
  const folder = clone()
  expect(await start(folder, HELLO).ended).toMatchObject({ code: 0, out: expect.stringContaining('hello') })
  expect(await start(folder, HELLO).ended).toMatchObject({ code: 0, err: '' })
  expect(calls(folder)).toBe(1)
  expect(readFileSync(join(folder, 'npm.calls'), 'utf8')).toMatch(/^ci .*--include=dev/)
})

test('another lock file installs anew', async () => {
  const folder = clone()
  await start(folder, HELLO).ended
  writeFileSync(join(folder, 'package-lock.json'), lockFile('1.0.1'))
  await start(folder, HELLO).ended
  expect(calls(folder)).toBe(2)
})

test('runs at the same time share one installation', async () => {
  const folder = clone()
  const runs = await Promise.all([1, 2, 3, 4].map(() => start(folder, HELLO).ended))
  expect(runs.map(({ code, out }) => [code, out.trim()])).toEqual(runs.map(() => [0, 'hello']))
  expect(calls(folder)).toBe(1)
  expect(locks(folder)).toEqual([])
})

test('the lock of an installer that was killed is not waited for', async () => {
  const folder = clone()
  mkdirSync(join(folder, '.weir'))
  // Above what Linux gives to any process.
  symlinkSync(String(2 ** 22 + 1), join(folder, '.weir/install.lock'))
  expect((await start(folder, HELLO).ended).code).toBe(0)
  expect(locks(folder)).toEqual([])
})

test("a failed installation says so with npm's own words and exit code, and can be repeated", async () => {
  const folder = clone()
  writeFileSync(join(folder, 'npm.fails'), '')
  const failed = await start(folder, HELLO).ended
  expect(failed).toMatchObject({ code: 9, out: '' })
  expect(failed.err).toContain('the registry is away')
  expect(failed.err).toContain('npm ci failed')
  rmSync(join(folder, 'npm.fails'))
  expect((await start(folder, HELLO).ended).code).toBe(0)
})

test.for([false, true])('exit codes and signals come through (second process: %s)', async (old) => {
  const folder = clone()
  expect(await start(folder, 'process.exit(7)', { old }).ended).toMatchObject({ code: 7 })
  expect(await start(folder, 'process.kill(process.pid, "SIGKILL")', { old }).ended).toMatchObject({
    signal: 'SIGKILL',
  })
})

test.for([false, true])('a signal arrives exactly once (second process: %s)', async (old) => {
  const script =
    'let n = 0; process.on("SIGTERM", () => { n++; setTimeout(() => { console.log("got", n); process.exit(3) }, 300) });' +
    'setInterval(() => {}, 1000); console.log("ready")'
  const run = start(clone(), script, { old })
  await run.ready
  run.child.kill('SIGTERM')
  expect(await run.ended).toMatchObject({ code: 3, out: expect.stringContaining('got 1') })
})

test.each([false, true])(
  'what people type is run from their folder, other scripts from the package (%s)',
  async (old) => {
    const folder = clone()
    const elsewhere = mkdtempSync(join(tmpdir(), 'weir-elsewhere-'))
    onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }))
    writeFileSync(join(folder, 'where.mjs'), 'console.log(process.cwd(), process.argv[2])')
    const ran = (npm_lifecycle_event: string) =>
      start(folder, '', { old, command: ['where.mjs', './a.jar'], env: { npm_lifecycle_event, INIT_CWD: elsewhere } })
        .ended
    for (const script of ['weir', 'quickstart'])
      expect(await ran(script)).toMatchObject({ code: 0, out: `${realpathSync(elsewhere)} ./a.jar\n` })
    expect(await ran('check')).toMatchObject({ code: 0, out: `${realpathSync(folder)} ./a.jar\n` })
  },
)
