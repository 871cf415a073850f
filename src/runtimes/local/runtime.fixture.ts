/**
 * For this room's tests: a ledger that is as durable as the store's, in one JSON file; a clock that runs fast; a whole
 * runtime.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'

import { createFileCache } from '../../artifacts/cache.ts'
import { createArtifacts } from '../../artifacts/fetch.ts'
import { type Clock, systemClock } from '../../domain/clock.ts'
import type { ProcessLedger, ProcessRecord, SpareLedger, SpareRecord } from '../../domain/process.ts'
import type { FlinkRuntime } from '../../domain/spec.ts'
import { flinkVersionOf } from '../../flink/distributions/catalogue.ts'
import { createDistributions } from '../../flink/distributions/distributions.ts'
import { createFlinkFiles } from '../flink-files/flink-files.ts'
import type { Runtime } from '../runtime.ts'
import { createLocalRuntime, type LocalRuntime, type LocalRuntimeOptions } from './runtime.ts'

/** Two ledgers over one file see each other's writes. */
export function fileLedger(path: string): ProcessLedger {
  const load = (): ProcessRecord[] =>
    existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ProcessRecord[]) : []
  const save = (records: ProcessRecord[]): void => {
    writeFileSync(`${path}.new`, JSON.stringify(records))
    renameSync(`${path}.new`, path)
  }
  return {
    async intend(record) {
      save([...load(), record])
    },
    async update(uuid, change) {
      save(load().map((record) => (record.uuid === uuid ? { ...record, ...change } : record)))
    },
    async list({ cluster, resource, live } = {}) {
      return load().filter(
        (record) =>
          (cluster === undefined ||
            (record.resource === cluster.resource && record.generation === cluster.generation)) &&
          (resource === undefined || record.resource === resource) &&
          (live !== true || record.state !== 'EXITED'),
      )
    },
    async forget(resource) {
      save(load().filter((record) => record.resource !== resource))
    },
  }
}

/** Of the same kind, beside that ledger. */
export function fileSpares(path: string, ledger: ProcessLedger): SpareLedger {
  const load = (): SpareRecord[] => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as SpareRecord[]) : [])
  const save = (records: SpareRecord[]): void => {
    writeFileSync(`${path}.new`, JSON.stringify(records))
    renameSync(`${path}.new`, path)
  }
  return {
    intend: async (record) => save([...load(), record]),
    list: async () => load(),
    async assign(record) {
      const others = load().filter(({ uuid }) => uuid !== record.uuid)
      if (others.length === load().length) return false
      await ledger.intend(record)
      save(others)
      return true
    },
    forget: async (uuid) => save(load().filter((record) => record.uuid !== uuid)),
  }
}

/** Time passes `factor` times as fast. */
export function fastClock(factor: number): Clock {
  const start = Date.now()
  return {
    now: () => start + (Date.now() - start) * factor,
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms / factor)
      return () => clearTimeout(timer)
    },
  }
}

export const silentLog = { info: () => {}, warn: () => {}, error: () => {} }

/** Waits for a condition; throws with `what` when the deadline passes. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 10_000,
): Promise<T> {
  return vi.waitFor(
    async () => {
      const result = await check()
      if (result === undefined || result === false) throw new Error(`not within ${deadlineMs} ms: ${what}`)
      return result
    },
    { timeout: deadlineMs, interval: 20 },
  )
}

/** FLINK_HOME of a version, installed if need be. */
export const homeOf = async (runtime: FlinkRuntime): Promise<string> =>
  (await createDistributions().install(flinkVersionOf(runtime))).home

export interface LocalFixture {
  runtime: LocalRuntime
  ledger: ProcessLedger
  spares: SpareLedger
  installation: string
  /** Kills what the installation still runs, and closes the runtime. */
  stopAll(): Promise<void>
}

/** A runtime over a data folder; a second one over the same folder stands for the next server. */
export function localRuntime(dataDir: string, overrides: Partial<LocalRuntimeOptions> = {}): LocalFixture {
  const ledger = fileLedger(join(dataDir, 'ledger.json'))
  const spares = fileSpares(join(dataDir, 'spares.json'), ledger)
  const idFile = join(dataDir, 'installation')
  if (!existsSync(idFile)) writeFileSync(idFile, randomUUID())
  const installation = readFileSync(idFile, 'utf8')
  const flinkFiles = createFlinkFiles({
    folder: join(dataDir, 'flink-files'),
    cache: createFileCache({ folder: '', maxBytes: 0 }),
    maxBytes: 2 ** 30,
    allowAddresses: [],
    clock: systemClock,
  })
  const runtime = createLocalRuntime({
    installation,
    dataDir,
    ledger,
    spares,
    distributions: createDistributions(),
    artifacts: createArtifacts({ fileRoots: [dataDir], allowAddresses: [] }),
    flinkFiles,
    clock: systemClock,
    log: silentLog,
    flinkVersionOf,
    ...overrides,
  })
  return { runtime, ledger, spares, installation, stopAll: () => stopAll(runtime, ledger) }
}

async function stopAll(runtime: Runtime, ledger: ProcessLedger): Promise<void> {
  await eventually(
    'every process of the installation is gone',
    async () => {
      const live = await ledger.list({ live: true })
      for (const record of live) await runtime.remove(record, { force: true })
      return live.length === 0
    },
    30_000,
  )
  await runtime.close()
}
