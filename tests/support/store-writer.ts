/** A process that opens a store and creates sessions, several at a time, until it is killed, saying each name once it is acknowledged. */
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/domain/clock.ts'
import type { StoreWriter } from '../../src/store/guarantees/test-store.ts'
import { openStore } from '../../src/store/open.ts'

export function startWriter(dataDir: string, database: string | undefined): StoreWriter {
  const child = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), dataDir, ...(database === undefined ? [] : [database])],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  let complaints = ''
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const names = () => said.split('\n').slice(0, -1)
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  child.stderr.on('data', (chunk) => {
    complaints += chunk
  })
  return {
    pid: child.pid,
    names,
    acknowledged: (count) =>
      new Promise((resolve, reject) => {
        const check = () => names().length >= count && resolve()
        child.stdout.on('data', check)
        void ended.then(() => reject(new Error(`The writer ended early: ${complaints}`)))
      }),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function write(dataDir: string, database: string | undefined): Promise<never> {
  const store = await openStore({ dataDir, ...(database === undefined ? {} : { database }), clock: systemClock })
  await store.accounts.bootstrap()
  const workspace = (await store.workspaces.list({ limit: 1 })).items[0]?.id ?? ''
  const spec = {
    runtime: 'FLINK_1_20' as const,
    jars: [],
    plugins: [],
    flinkConfiguration: {},
    logConfiguration: {},
    jobManagerResource: {},
    taskManagerResource: {},
  }
  const create = async (caller: number): Promise<never> => {
    for (let i = 0; ; i++) {
      const name = `session ${i} of ${caller}`
      await store.resources.create({ kind: 'session', workspace, name, spec: { name, ...spec }, by: 'system' })
      writeSync(1, `${name}\n`)
    }
  }
  return Promise.race(Array.from({ length: CALLERS }, (_, caller) => create(caller)))
}

/** So many wait at the same time, and share commits. */
const CALLERS = 8

if (process.argv[1] === fileURLToPath(import.meta.url)) await write(process.argv[2] ?? '', process.argv[3])
