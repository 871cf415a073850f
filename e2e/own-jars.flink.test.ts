/** Jobs that bring a jar along, from wherever it may lie; and the logs of what has died. */
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { FlinkSessionJobSpec } from '../src/api/client/generated/types.gen.ts'
import { filesBelow } from './support/files.ts'
import { logsOf } from './support/logs.ts'
import { createJob, createSession, removeSession, sessionSpec, untilJob, untilSession } from './support/scenario.ts'
import { until } from './support/wait.ts'
import { sharedWeir, type Weir } from './support/weir.ts'

const ENDLESS = 'dev.weir.jobs.Endless'

const shared = sharedWeir(() => ({ flags: ['--allow-address', '127.0.0.0/8'] }))

describe('in a session without jars', () => {
  let weir: Weir
  let id: string
  let uri: string
  const withJar = (name: string, jarUri: string, entryClass = ENDLESS): FlinkSessionJobSpec => ({
    name,
    flinkConfiguration: {},
    job: { entryClass, jarUri, args: [] },
  })
  const server = createServer(({ url }, response) =>
    url === '/jobs.jar' ? response.end(readFileSync(inject('jars').tests)) : response.writeHead(404).end(),
  )

  beforeAll(async () => {
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening)
    })
    uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jobs.jar`
    weir = shared()
    id = await createSession(
      weir,
      sessionSpec('FLINK_1_20', {
        jars: [],
        flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '4', 'blob.service.cleanup.interval': '1' },
      }),
    )
  })
  afterAll(async () => {
    server.close()
    await removeSession(weir, id)
  }, 60_000)

  test('a job with a jar of its own runs from http and from a folder that the server opens', async () => {
    const jobs = [
      await createJob(weir, id, withJar('http', uri)),
      await createJob(weir, id, withJar('file', `file://${inject('jars').tests}`)),
    ]
    for (const each of jobs) await untilJob(weir, id, each, 'RUNNING')
    await until('what was uploaded is gone', async () => copies(weir, id).every((path) => !path.includes('/upload/')))
    expect(copies(weir, id).length).toBeGreaterThan(0)
    for (const each of jobs)
      await weir.client.deleteFlinkSessionJob({ path: { ws: weir.workspace, session: id, job: each } })
    await until("Flink's copies are gone, too", async () => copies(weir, id).length === 0)
  })

  test.each([
    [
      'address that the owner did not open',
      () => 'http://169.254.169.254/jobs.jar',
      'FILE_UNAVAILABLE',
      /special address.*--allow-address 169\.254\.169\.254\/32/,
    ],
    [
      'file that the web server does not have',
      () => uri.replace('jobs', 'lost'),
      'FILE_UNAVAILABLE',
      /no such file \(404\)/,
    ],
    ['file outside of the opened folders', () => 'file:///etc/hostname', 'FILE_UNAVAILABLE', /no such file below/],
    [
      'file that the distribution lacks',
      () => 'local:///opt/flink/examples/nowhere.jar',
      'FILE_UNAVAILABLE',
      /\/opt\/flink\/examples\/nowhere\.jar is not (part of|there: .* have no examples)/,
    ],
    [
      'local file outside of the distribution',
      () => 'local:///etc/hostname',
      'FILE_UNAVAILABLE',
      /lies outside \/opt\/flink/,
    ],
  ])('a job with a jar of its own fails with the reason: %s', async (name, jarUri, code, message) => {
    const job = await createJob(weir, id, withJar(name, jarUri()))
    const { status } = await untilJob(weir, id, job, 'FAILED')
    expect(status?.error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test("a job's jar is found in the distribution by its path in Flink's images", async () => {
    const home = inject('flinkHomes').FLINK_1_20 ?? ''
    const jar = readdirSync(join(home, 'lib')).find((name) => name.startsWith('flink-json-')) ?? ''
    const job = await createJob(weir, id, withJar('local', `local:///opt/flink/lib/${jar}`, 'dev.weir.jobs.NotInThere'))
    const { status } = await untilJob(weir, id, job, 'FAILED')
    expect(status?.error).toMatchObject({
      code: 'ENTRY_CLASS_MISSING',
      message: expect.stringMatching(/dev\.weir\.jobs\.NotInThere/),
    })
  })

  // The last, since it takes the cluster along.
  test('logs of a TaskManager and of a JobManager can be read after their death', async () => {
    await untilSession(weir, id, 'RUNNING')
    for (const name of ['taskmanager-1', 'jobmanager']) {
      const victim = weir.processes().find(({ role, pid }) => name.startsWith(role) && commandLineOf(pid).includes(id))
      process.kill(victim?.pid ?? Number.NaN, 'SIGKILL')
      await until('it is known to be dead', async () =>
        (await logsOf(weir, id, name)).some((log) => log.state === 'EXITED'),
      )
    }
    await untilSession(weir, id, (observed) => observed.state === 'RUNNING' && observed.status?.restarts === 1)
    const dead = (await logsOf(weir, id)).filter((log) => log.state === 'EXITED')
    for (const name of ['jobmanager', 'taskmanager-1']) {
      const log = dead.find((each) => each.process === name)
      expect(log).toMatchObject({ generation: 1, endedAt: expect.any(String) })
      expect(
        log?.lines.some((line) => line.includes('org.apache.flink')),
        name,
      ).toBe(true)
    }
  })
})

/** Where the jar of the jobs lies in the folders of the session's processes. */
function copies(weir: Weir, session: string): string[] {
  const { size } = statSync(inject('jars').tests)
  return filesBelow(join(weir.dataDir, 'clusters', session)).filter(
    (path) => !path.includes('/jars/') && lstatSync(path, { throwIfNoEntry: false })?.size === size,
  )
}

const commandLineOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8')
