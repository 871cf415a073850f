/**
 * The program as a process, without Flink: its end, and what it says when it can't help. What it fetches is in
 * `flink-files.s3.test.ts`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, open as openFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../domain/clock.ts'
import { filesJar } from '../helper-jars.ts'
import { type FilesProgram, startFilesProgram } from './program.ts'

const start = async (executable = 'java', cwd?: string): Promise<FilesProgram> => {
  const program = startFilesProgram({
    executable,
    ...(cwd !== undefined && { cwd }),
    classPath: [await filesJar()],
    env: { PATH: process.env['PATH'] },
    flinkConfiguration: { key: 'a\nvalue' },
    maxBytes: 1,
    allowAddresses: [],
    clock: systemClock,
  })
  onTestFinished(() => program.stop())
  return program
}

const childOf = (pid: number): number | undefined =>
  Number(
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter((text) => text !== '')[0] ?? NaN,
  ) || undefined

test('without Flink there are no file systems, which is told with the URI', async () => {
  const program = await start()
  await expect(program.stat('s3://bucket/x.jar')).rejects.toMatchObject({
    code: 'FILE_UNAVAILABLE',
    retryable: false,
    message: expect.stringMatching(/^s3:\/\/bucket\/x\.jar can't be fetched: Flink's file system/),
  })
  expect(program.busy).toBe(false)
})

test('a Java that is not there is named', async () => {
  const program = await start('/nowhere/bin/java')
  await expect(program.stat('s3://bucket/x.jar')).rejects.toMatchObject({
    code: 'JAVA_MISSING',
    message: expect.stringContaining('/nowhere/bin/java'),
  })
  expect(program.ended).toBe(true)
})

test('one that ends takes its requests with it, which may be tried again', async () => {
  const program = await start()
  const request = program.stat('s3://bucket/x.jar')
  program.stop()
  await expect(request).rejects.toMatchObject({ code: 'FILE_UNAVAILABLE', retryable: true })
  await expect(program.stat('s3://bucket/x.jar')).rejects.toMatchObject({ retryable: true })
})

test('an aborted request rejects with its reason', async () => {
  const program = await start()
  const abort = new AbortController()
  const request = program.copy('s3://bucket/x.jar', '/nowhere/x.jar', { signal: abort.signal })
  abort.abort(new Error('no longer wanted'))
  await expect(request).rejects.toThrow('no longer wanted')
  expect(program.busy).toBe(false)
})

test('a server that is killed leaves no program behind', async () => {
  const script = `
    const { startFilesProgram } = await import(${JSON.stringify(new URL('program.ts', import.meta.url).href)})
    const { systemClock } = await import(${JSON.stringify(new URL('../../domain/clock.ts', import.meta.url).href)})
    const classPath = [${JSON.stringify(await filesJar())}]
    const rest = { allowAddresses: [], flinkConfiguration: {}, maxBytes: 1, clock: systemClock }
    startFilesProgram({ executable: 'java', classPath, env: process.env, ...rest })
    setInterval(() => {}, 1000)`
  const server = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  const pid = await vi.waitFor(() => {
    const child = childOf(server.pid!)
    if (child === undefined) throw new Error('no program yet')
    return child
  }, 30_000)
  server.kill('SIGKILL')
  await once(server, 'exit')
  await vi.waitFor(() => {
    if (existsSync(`/proc/${pid}`)) throw new Error('the program is still there')
  }, 30_000)
})

test('it has the environment that it is given, no file of its starter, and stands where it is told', async () => {
  const secret = join(await mkdtemp(join(tmpdir(), 'weir-program-')), 'root.key')
  await writeFile(secret, 'key')
  const open = await openFile(secret)
  onTestFinished(() => open.close())
  process.env['WEIR_TEST_SECRET'] = 'of the server'
  onTestFinished(() => void delete process.env['WEIR_TEST_SECRET'])
  const program = await start('java', '/')
  await program.stat('s3://bucket/x.jar').catch(() => {})
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')
  const pid = pids.find((each) => readFileSync(`/proc/${each}/cmdline`, 'utf8').includes('dev.weir.files.Fetch'))
  expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe(`PATH=${process.env['PATH']}\0`)
  expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/')
  const inherited = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      return ''
    }
  })
  expect(inherited.length).toBeGreaterThan(2)
  expect(inherited).not.toContain(secret)
})

test('options of the environment do not undo that its connections are held to addresses', async () => {
  const program = startFilesProgram({
    executable: 'java',
    classPath: [await filesJar()],
    env: { PATH: process.env['PATH'], _JAVA_OPTIONS: '-Djava.security.manager=allow' },
    flinkConfiguration: {},
    allowAddresses: [],
    maxBytes: 1,
    clock: systemClock,
  })
  onTestFinished(() => program.stop())
  await expect(program.stat('s3://bucket/x.jar')).rejects.toMatchObject({
    message: expect.stringContaining('it ended'),
  })
})
