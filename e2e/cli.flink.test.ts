/**
 * The built command line with real Flink: what a person types and what a script reads, and what a quickstart says that
 * can't run.
 */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { weirCommand } from './support/command.ts'
import { EXAMPLE_CLASS, jobSpec, sessionSpec } from './support/scenario.ts'
import { until } from './support/wait.ts'
import { startWeir, testFolder } from './support/weir.ts'

const EXIT = { failed: 1, usage: 2, notFound: 3, conflict: 5, unreachable: 6, timeout: 7 }

test("sessions and jobs from the command line: by name and ID, for people's eyes and scripts, with exit codes that tell what happened", async () => {
  const weir = await startWeir({ command: 'up' })
  const folder = testFolder()
  const file = (name: string, body: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(body))
    return join(folder, name)
  }
  const cli = (...args: string[]) => weirCommand([...args, '--data-dir', weir.dataDir])
  const good = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await cli(...args)
    expect({ code, err: code === 0 ? '' : err }, args.join(' ')).toEqual({ code: 0, err: '' })
    return out
  }
  const bad = async (code: number, message: RegExp, ...args: string[]): Promise<void> => {
    const ran = await cli(...args)
    expect({ code: ran.code, err: ran.err }, args.join(' ')).toEqual({ code, err: expect.stringMatching(message) })
  }

  const body = file('session.json', sessionSpec('FLINK_1_20', { name: 'demo' }))
  const session = (await good('session', 'create', '-f', body, '--wait')).trim()
  expect(session).toMatch(/^[A-Z0-9]{16}$/)
  const job = (
    await good('job', 'create', '-f', file('job.json', jobSpec('counts', EXAMPLE_CLASS)), '--session', 'demo', '--wait')
  ).trim()
  expect(await good('session', 'list')).toMatch(new RegExp(`^${session}\tdemo\tRUNNING\t\\S+Z\n$`))
  expect(await good('job', 'list', '--session', session)).toMatch(
    new RegExp(`^${job}\tcounts\tRUNNING\t\\S+Z\tdemo\n$`),
  )
  expect(JSON.parse(await good('session', 'list', '--json'))).toMatchObject({ items: [{ id: session, name: 'demo' }] })
  expect(JSON.parse(await good('session', 'describe', 'demo', '--json'))).toMatchObject({
    id: session,
    state: 'RUNNING',
    status: { flinkVersion: '1.20.5' },
  })
  expect(await good('session', 'describe', session)).toContain(`id\t${session}\nname\tdemo\nstate\tRUNNING\n`)
  expect(await good('job', 'describe', 'counts')).toContain(`state\tRUNNING\n`)
  expect(await good('job', 'wait', job, '--session', 'demo')).toBe(`${job}\tcounts\tRUNNING\n`)
  // The example prints the first count of each key at once.
  await until('the example has printed', async () =>
    /standard output ---\n(?:.*\n)*.*key \d: 1\n/.test(
      await good('job', 'logs', 'counts', '--process', 'taskmanager-1'),
    ),
  )
  const logs = await good('job', 'logs', 'counts', '--process', 'jobmanager', '--tail', '20')
  expect(
    logs
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('jobmanager\t')),
  ).toEqual([])
  expect(logs.split('\n').length).toBeGreaterThan(10)
  expect(await good('session', 'events', 'demo')).toMatch(/\tINFO\tClusterUp\tFlink 1\.20\.5 is up/)
  expect(JSON.parse(await good('api', 'GET', '/api/flink/v1/workspaces/{ws}/sessions?limit=1'))).toMatchObject({
    items: [{ id: session }],
  })

  await bad(
    EXIT.notFound,
    /no session has the ID or name "dmo"\n {2}did you mean demo\?\n {2}next: /,
    'session',
    'describe',
    'dmo',
  )
  await bad(EXIT.conflict, /demo.*\n {2}next: weir session describe demo/s, 'session', 'create', '-f', body)
  await bad(EXIT.conflict, /--cascade/, 'session', 'delete', 'demo', '--yes')
  await bad(EXIT.usage, /jarz/, 'session', 'create', '-f', file('bad.json', { ...sessionSpec('FLINK_1_20'), jarz: [] }))
  await bad(
    EXIT.timeout,
    /job counts is RUNNING after 1 s, not FINISHED/,
    'job',
    'wait',
    'counts',
    '--for',
    'FINISHED',
    '--timeout',
    '1s',
  )
  await bad(
    EXIT.failed,
    /job nothing is FAILED: .*com\.example\.Nothing.*\n {2}next: weir job logs/s,
    'job',
    'create',
    '--name',
    'nothing',
    '--entry-class',
    'com.example.Nothing',
    '--wait',
  )
  const nobody = await weirCommand(['session', 'list', '--url', 'http://127.0.0.1:1'], { WEIR_TOKEN: 'x' })
  expect(nobody).toMatchObject({ code: EXIT.unreachable, err: expect.stringMatching(/cannot be reached/) })

  await good('job', 'delete', 'counts', '--yes', '--wait')
  expect(await good('job', 'list')).toMatch(/^\S+\tnothing\tFAILED\t\S+\tdemo\n$/)
  expect(weir.processes().length).toBe(2)
  expect(await weir.kill('SIGTERM')).toBe('0')
  expect(weir.processes()).toEqual([])
})

test("a quickstart that can't compile its example ends with the reason and what to install", async () => {
  const home = testFolder()
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin', 'java'), '#!/bin/sh\necho \'openjdk version "17.0.1"\' >&2\n')
  chmodSync(join(home, 'bin', 'java'), 0o755)
  const scratch = testFolder()
  const { code, out, err } = await weirCommand(['quickstart', '--once'], {
    TMPDIR: scratch,
    JAVA_HOME: home,
    PATH: join(home, 'bin'),
  })
  expect(code).toBe(EXIT.failed)
  expect(err).toMatch(/Java 17 is there .*no javac.*\n {2}next: apt install openjdk-17-jdk-headless/s)
  expect(out).not.toContain('quickstart: RUNNING')
  expect(readdirSync(scratch)).toEqual([])
})
