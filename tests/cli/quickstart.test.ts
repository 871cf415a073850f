import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'vitest'
import { describe, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

function temporary(onTestFinished: TestContext['onTestFinished']): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-qs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A process of its own, since signals are what this is about; its temporary folder too, to see what it leaves. */
function quickstart({ onTestFinished }: TestContext, ...flags: string[]) {
  const folder = temporary(onTestFinished)
  const args = [join(ROOT, 'src/cli/main.ts'), 'quickstart', '--runtime', 'fake', ...flags]
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, WEIR_DATABASE: 'postgres://another.example/db' }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const observed = new Map<string, () => void>()
  const read = (chunk: Buffer): void => {
    text += chunk
    for (const [wanted, found] of observed) if (text.includes(wanted)) found()
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, text, folder }))
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const shown = (wanted: string): Promise<void> =>
    new Promise((found, failed) => {
      if (text.includes(wanted)) return found()
      observed.set(wanted, found)
      void ended.then(() => failed(new Error(`ended without saying "${wanted}":\n${text}`)))
    })
  return { child, shown, ended }
}

describe.concurrent('quickstart', { timeout: 60_000 }, () => {
  test('--once ends by itself, with the time on its last line, and leaves nothing behind', async (context) => {
    const { code, text, folder } = await quickstart(context, '--once').ended
    expect(text).toMatch(/\nquickstart: RUNNING in \d+\.\d s\n$/)
    expect(code).toBe(0)
    expect(readdirSync(folder)).toEqual([])
  })

  test('stays up with what one needs to go on, until Ctrl-C, which is a good end', async (context) => {
    const run = quickstart(context)
    await run.shown('Ctrl-C stops the server')
    run.child.kill('SIGINT')
    const { code, text } = await run.ended
    expect(text).toMatch(/API +http:\/\/127\.0\.0\.1:\d+\/api/)
    expect(text).toMatch(/job list --data-dir .*quickstart/)
    expect(text).toContain('all stopped')
    expect(code).toBe(0)
  })

  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s before the job runs stops it all', async ([signal, expected], context) => {
    const run = quickstart(context, '--once')
    await run.shown('job running-counts is accepted')
    run.child.kill(signal)
    const { code, text, folder } = await run.ended
    expect(text).toContain(`stopped by ${signal} before the job ran`)
    expect(code).toBe(expected)
    expect(readdirSync(folder)).toEqual([])
  })

  test('an output that nobody reads any more is a stop like any other', async (context) => {
    const run = quickstart(context, '--data-dir', join(temporary(context.onTestFinished), 'data'))
    await run.shown('the server is ready')
    run.child.stdout.destroy()
    run.child.stderr.destroy()
    const [code] = (await once(run.child, 'exit')) as [number]
    expect(code).not.toBe(0)
  })

  test('a second quickstart on the same data is told about the first', async (context) => {
    const dataDir = join(temporary(context.onTestFinished), 'data')
    const first = quickstart(context, '--data-dir', dataDir)
    await first.shown('the server is ready')
    const second = await quickstart(context, '--data-dir', dataDir).ended
    expect(second.code).toBe(5)
    expect(second.text).toContain(`${dataDir} is in use by another Weir server (process ${first.child.pid})`)
    first.child.kill('SIGTERM')
    await first.ended
  })
})
