import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import {
  argumentsOf,
  bootId,
  findProcesses,
  findStrangers,
  isAlive,
  isOurs,
  listeningPorts,
  machineMemory,
  marks,
  startTimeOf,
} from './proc.ts'
import { eventually } from './runtime.fixture.ts'

const sleeper = (installation: string, uuid: string, ...more: string[]): Promise<number> =>
  sleeping(['-e', 'setInterval(() => {}, 1000)', '--', ...marks(installation, uuid), ...more])

const sleeperIn = (folder: string, installation: string): Promise<number> =>
  sleeping(['-e', 'setInterval(() => {}, 1000)', '--', ...marks(installation, 'one')], folder)

async function sleeping(args: string[], cwd = process.cwd()): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'ignore', cwd })
  onTestFinished(() => void child.kill('SIGKILL'))
  await eventually('its command line is its own', () => argumentsOf(child.pid!).length > 2)
  return child.pid!
}

test('a process is recognised by pid, start time, boot and mark together', async () => {
  const pid = await sleeper('proc-test-a', 'one')
  const identity = { pid, startTime: startTimeOf(pid)!, bootId: bootId(), uuid: 'one' }
  expect(isAlive(identity)).toBe(true)
  expect(isOurs(identity, 'proc-test-a')).toBe(true)
  expect(isOurs(identity, 'proc-test-b')).toBe(false)
  expect(isOurs({ ...identity, uuid: 'two' }, 'proc-test-a')).toBe(false)
  expect(isAlive({ ...identity, startTime: '1' })).toBe(false)
  expect(isAlive({ ...identity, bootId: 'another' })).toBe(false)
})

test("a search finds an installation's processes and no others", async () => {
  const pid = await sleeper('proc-test-c', 'three')
  await sleeper('proc-test-cd', 'four')
  expect(findProcesses('proc-test-c')).toEqual([{ pid, startTime: startTimeOf(pid), uuid: 'three' }])
})

test('processes that another installation has left in a folder are found, also when the folder is gone', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weir-proc-')))
  const launch = join(folder, 'clusters', 'S', '1')
  mkdirSync(launch, { recursive: true })
  const pid = await sleeperIn(launch, 'proc-test-g')
  await sleeper('proc-test-g', 'elsewhere')
  rmSync(folder, { recursive: true })
  expect(findStrangers('proc-test-h', join(folder, 'clusters'))).toEqual([pid])
  expect(findStrangers('proc-test-g', join(folder, 'clusters'))).toEqual([])
})

test('arguments read as they were given', async () => {
  expect(argumentsOf(await sleeper('proc-test-e', 'five', '/a b/dätä'))).toContain('/a b/dätä')
})

test('a zombie is not alive', async () => {
  // The shell's child ends, and the program that the shell becomes never reaps it.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 30'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const pid = Number(
    await new Promise<string>((resolve) => parent.stdout.once('data', (data: Buffer) => resolve(String(data)))),
  )
  await eventually('it has no start time any more', () => startTimeOf(pid) === undefined)
  expect(() => process.kill(pid, 0)).not.toThrow()
})

test("the machine's memory is known", () => {
  const { totalBytes, availableBytes } = machineMemory()
  expect(totalBytes).toBeGreaterThan(2 ** 28)
  expect(availableBytes).toBeGreaterThan(0)
  expect(availableBytes).toBeLessThanOrEqual(totalBytes)
})

test('the ports that a process listens on are known, and no others', async () => {
  const [mine, ipv6] = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '::')]
  await Promise.all([once(mine, 'listening'), once(ipv6, 'listening')])
  onTestFinished(() => void [mine.close(), ipv6.close()])
  const ports = [mine, ipv6].map((server) => (server.address() as AddressInfo).port)
  expect(listeningPorts(process.pid)).toEqual(expect.arrayContaining(ports))
  const client = connect(ports[0]!, '127.0.0.1')
  await once(client, 'connect')
  onTestFinished(() => void client.destroy())
  expect(listeningPorts(process.pid)).not.toContain(client.localPort)
  const other = await sleeper('proc-test-e', 'five')
  expect(listeningPorts(other).filter((port) => ports.includes(port))).toEqual([])
  expect(listeningPorts(2 ** 22 + 1)).toEqual([])
})
