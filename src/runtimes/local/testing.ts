/** For this room's tests: a ledger that is as durable as the store's, in one JSON file, and a clock that runs fast. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

import type { Clock } from '../../domain/clock.ts'
import type { ProcessLedger, ProcessRecord } from '../../domain/process.ts'

/** Two ledgers over one file see each other's writes. */
export function fileLedger(path: string): ProcessLedger {
  const load = (): ProcessRecord[] => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ProcessRecord[]) : [])
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
      return load().filter((record) =>
        (cluster === undefined || (record.resource === cluster.resource && record.generation === cluster.generation)) &&
        (resource === undefined || record.resource === resource) &&
        (live !== true || record.state !== 'EXITED'))
    },
    async forget(resource) {
      save(load().filter((record) => record.resource !== resource))
    },
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
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false, deadlineMs = 10_000): Promise<T> {
  const until = Date.now() + deadlineMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (Date.now() > until) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
