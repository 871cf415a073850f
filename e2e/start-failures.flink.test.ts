/**
 * What keeps a cluster from starting ends in `status.error`: with Flink's or the JVM's own words and what to do about
 * it. Nothing waits for ever, and no process is left.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import type { FlinkSessionSpec } from '../src/api/client/generated/types.gen.ts'
import { fill, smallDisk } from '../tests/support/small-disk.ts'
import {
  createSession,
  removeSession,
  type SessionOverrides,
  session,
  sessionSpec,
  untilSession,
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { data, sharedWeir, startWeir, testFolder, type Weir } from './support/weir.ts'

const documented = JSON.parse(
  readFileSync(join(import.meta.dirname, '../tests/support/bodies/session.json'), 'utf8'),
) as FlinkSessionSpec
const below = (name: string): string => `file://${inject('jars').folder}/${name}`

async function expectFailed(weir: Weir, spec: FlinkSessionSpec, code: string, message: RegExp): Promise<void> {
  const id = await createSession(weir, spec)
  const { status } = await untilSession(weir, id, 'FAILED')
  expect(status?.error).toMatchObject({ code, message: expect.stringMatching(message) })
  expect(status?.error?.retryAt).toBeUndefined()
  await until('no process is left', async () => weir.processes().length === 0)
  await removeSession(weir, id)
}

describe('a session fails with the reason and what to do', () => {
  const weir = sharedWeir(() => ({ flags: ['--allow-address', '127.0.0.0/8'] }))

  const flinkConfiguration =
    (key: string, value: string, more: SessionOverrides = {}): (() => SessionOverrides) =>
    () => ({ flinkConfiguration: { [key]: value }, ...more })
  // From 1.19 on the JVM passes over options that it does not know, as Flink's scripts have it do.
  const strict = { runtime: 'FLINK_1_17' } as const
  test.each<[string, () => SessionOverrides, string, RegExp]>([
    [
      'a JVM option that no JVM knows',
      flinkConfiguration('env.java.opts.jobmanager', '-XX:+NoSuchOption', strict),
      'FLINK_START_FAILED',
      /JobManager ended while it started \(exited with code 1\)\. Unrecognized VM option 'NoSuchOption'\. Correct the JVM options in env\.java\.opts/,
    ],
    [
      'a value that Flink refuses',
      flinkConfiguration('blob.fetch.num-concurrent', 'many'),
      'FLINK_START_FAILED',
      /Could not parse value 'many' for key 'blob\.fetch\.num-concurrent'.*Correct flinkConfiguration/,
    ],
    [
      "TaskManagers that can't start",
      flinkConfiguration('env.java.opts.taskmanager', '-XX:+NoSuchOption', strict),
      'TASK_MANAGER_START_FAILED',
      /TaskManagers ended 4 times.*Unrecognized VM option 'NoSuchOption'.*weir session logs/,
    ],
    [
      'a jar that does not exist',
      () => ({ jars: [below('nowhere.jar')] }),
      'FILE_UNAVAILABLE',
      /nowhere\.jar.*no such file below the folders/,
    ],
    [
      'a jar outside of the folders that the server opens',
      () => ({ jars: ['file:///etc/hostname.jar'] }),
      'FILE_UNAVAILABLE',
      /file:\/\/\/etc\/hostname\.jar.*no such file below the folders that this server opens to file:\/\/ URIs/,
    ],
    [
      'a plugin that the distribution lacks',
      () => ({ plugins: [{ name: 'mine', jars: ['/opt/flink/opt/flink-mine.jar'] }] }),
      'FILE_UNAVAILABLE',
      /\/opt\/flink\/opt\/flink-mine\.jar is not part of this Flink distribution.*there are flink-.*\.jar/,
    ],
  ])('%s', async (_what, overrides, code, message) => {
    await expectFailed(weir(), sessionSpec('FLINK_1_20', overrides()), code, message)
  })

  test('a jar that its web server does not have', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end())
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening)
    })
    onTestFinished(() => {
      server.close()
    })
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/lost.jar`
    await expectFailed(
      weir(),
      sessionSpec('FLINK_1_20', { jars: [uri] }),
      'FILE_UNAVAILABLE',
      /lost\.jar.*no such file \(404\)/,
    )
  })

  test('the documented body as it stands: S3 wants credentials, which it does not have', async () => {
    const words =
      /s3:\/\/bucket\/flink-job\.jar.*no credentials.*s3\.access-key and s3\.secret-key in flinkConfiguration/
    await expectFailed(weir(), documented, 'FILE_UNAVAILABLE', words)
  })

  test('more memory than the machine has is said with both numbers, and tried again when there may be more', async () => {
    const id = await createSession(weir(), sessionSpec('FLINK_1_20', { jobManagerResource: { memory: '900g' } }))
    const { state, status } = await untilSession(weir(), id, (observed) => observed.status?.error !== undefined)
    expect(state).toBe('PENDING')
    expect(status?.error).toMatchObject({ code: 'MEMORY_SHORT', retryAt: expect.any(String) })
    expect(status?.error?.message).toMatch(/needs 901 GiB, [\d.]+ GiB are free on this machine.*give it less memory/)
    expect(weir().processes()).toEqual([])
    await removeSession(weir(), id)
  })
})

test('a server without Java says what to install', async () => {
  const weir = await startWeir({ env: { WEIR_JAVA_HOME: '/nowhere' } })
  await expectFailed(
    weir,
    sessionSpec('FLINK_1_20'),
    'JAVA_MISSING',
    /No Java was found.*\/nowhere.*apt install openjdk-17-jre-headless/,
  )
})

test('a Java that is too old is named, with what to install', async () => {
  const home = testFolder()
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin', 'java'), '#!/bin/sh\necho \'openjdk version "1.8.0_402"\' >&2\n')
  chmodSync(join(home, 'bin', 'java'), 0o755)
  const weir = await startWeir({ flags: ['--java-home', home] })
  await expectFailed(
    weir,
    sessionSpec('FLINK_1_20'),
    'JAVA_MISSING',
    /Only Java 1\.8\.0_402 in .*too old.*Flink 1\.20\.5 needs Java 11 or later, best 17/,
  )
})

test('a full disk is said, reading and deleting go on, and with room again so does everything', async () => {
  const dataDir = smallDisk(320)
  const weir = await startWeir({ dataDir })
  const path = { ws: weir.workspace }

  const other = await createSession(weir, sessionSpec('FLINK_1_20', { name: 'first' }))
  await untilSession(weir, other, 'RUNNING')
  const giveBack = fill(dataDir, 100)
  const id = await createSession(weir, sessionSpec('FLINK_1_20'))
  const waiting = await untilSession(weir, id, (observed) => observed.status?.error !== undefined)
  expect(waiting.state).toBe('PENDING')
  expect(waiting.status?.error).toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/has \d+ MiB free; a launch needs.*Free space there/),
    retryAt: expect.any(String),
  })
  fill(dataDir, 0)
  const refused = await weir.client.updateFlinkSession({ path: { ...path, session: id }, body: { name: 'another' } })
  expect(!refused.ok && refused.error).toMatchObject({ status: 507, code: 'STORE_FULL' })
  expect((await session(weir, id)).status?.error?.code).toBe('DISK_FULL')
  expect(data(await weir.client.listFlinkSessions({ path })).items.map((item) => item.id)).toEqual([other, id])
  // What runs is ended, and its files make room.
  await removeSession(weir, other)
  expect(weir.processes()).toEqual([])

  giveBack()
  await untilSession(weir, id, 'RUNNING')
  await removeSession(weir, id)
})
