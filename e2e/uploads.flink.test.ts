/** A jar of the user's own machine, from the command line into a running job, and what holds while it runs. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { EXAMPLE_CLASS, untilGone } from './support/scenario.ts'
import { AWKWARD, startWeir, testFolder } from './support/weir.ts'

test('a local jar is uploaded with the session that needs it, its job runs and comes back, and it is kept as long as anybody uses it', async () => {
  const folder = join(testFolder(), AWKWARD)
  mkdirSync(folder)
  const weir = await startWeir({ dataDir: join(folder, 'data') })
  const jar = join(folder, 'counts.jar')
  copyFileSync(inject('jars').example, jar)
  const cli = (dataDir: string, ...args: string[]) =>
    new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
      execFile(process.execPath, [inject('weir'), ...args, '--data-dir', dataDir], (error, out, err) =>
        resolve({ code: error?.code ?? 0, out: out.trim(), err }),
      )
    })
  const good = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await cli(weir.dataDir, ...args)
    expect({ code, err: code === 0 ? '' : err }, args.join(' ')).toEqual({ code: 0, err: '' })
    return out
  }
  const small = [
    '--job-manager-memory',
    '1024m',
    '--task-manager-memory',
    '1024m',
    '--conf',
    'execution.checkpointing.interval=500ms',
  ]
  const session = await good(
    'session',
    'create',
    '--name',
    'uploaded',
    '--runtime',
    'FLINK_1_20',
    '--jar',
    jar,
    ...small,
    '--wait',
  )
  expect(JSON.parse(await good('session', 'describe', session, '--json')).jars).toEqual([
    'artifact://counts.jar?version=1',
  ])
  await good('job', 'create', '--session', session, '--name', 'counts', '--entry-class', EXAMPLE_CLASS, '--wait')
  // A job may bring a jar of its own as well.
  copyFileSync(inject('jars').tests, join(folder, 'own.jar'))
  await good(
    'job',
    'create',
    '--session',
    session,
    '--name',
    'own',
    '--jar',
    join(folder, 'own.jar'),
    '--entry-class',
    'dev.weir.jobs.Bounded',
    '--wait',
  )

  expect(await cli(weir.dataDir, 'artifact', 'delete', 'counts.jar', '--yes')).toMatchObject({
    code: 5,
    err: expect.stringContaining('(uploaded)'),
  })
  expect(await cli(weir.dataDir, 'artifact', 'delete', 'own.jar', '--yes')).toMatchObject({
    code: 5,
    err: expect.stringContaining('(own)'),
  })
  // A new cluster is made from the upload, whatever became of the file that it came from and of the server.
  await weir.kill('SIGKILL')
  for (const { pid } of weir.processes()) process.kill(pid, 'SIGKILL')
  const next = await weir.restart()
  expect(await cli(next.dataDir, 'job', 'wait', 'counts', '--session', session)).toMatchObject({ code: 0 })
  expect(await cli(next.dataDir, 'artifact', 'delete', 'counts.jar', '--yes')).toMatchObject({ code: 5 })

  expect(await cli(next.dataDir, 'session', 'delete', session, '--cascade', '--wait', '--yes')).toMatchObject({
    code: 0,
  })
  await untilGone(next, session)
  for (const name of ['counts.jar', 'own.jar'])
    expect(await cli(next.dataDir, 'artifact', 'delete', name, '--yes')).toMatchObject({ code: 0, err: '' })
  expect((await cli(next.dataDir, 'artifact', 'list')).out).toBe('')
})
