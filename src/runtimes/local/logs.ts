/** The last lines of every process of a resource, alive or dead, as long as its launch folder is kept. */
import { defined } from '../../domain/defined.ts'
import type { ProcessLedger, ProcessRecord } from '../../domain/process.ts'
import { LOG_BYTES, type LogQuery, type MemberLog } from '../runtime.ts'
import { exists, launchFolder, logFiles } from './paths.ts'
import { neverStarted } from './processes.ts'
import { tailOf } from './tail.ts'

/** Long lines are stacks of user code at worst: enough for the lines wanted, and bounded. */
const BYTES_PER_LINE = 400

/** What Java 17 says of Flink's guard against System.exit, on every start. */
const NOISE = new RegExp(
  '^WARNING: (A terminally deprecated method in java\\.lang\\.System|System::setSecurityManager|' +
    'Please consider reporting this to the maintainers of org\\.apache\\.flink\\.core\\.security)',
)

const lastLines = (text: string, count: number): string[] => {
  const lines = text.split('\n').filter((line) => !NOISE.test(line))
  if (lines.at(-1) === '') lines.pop()
  return last(lines, count)
}

async function linesOf(
  dataDir: string,
  record: ProcessRecord,
  tail: number,
  most: number,
): Promise<string[] | undefined> {
  const folder = launchFolder(dataDir, record)
  if (!(await exists(folder.log))) return undefined
  const files = logFiles(folder, record.role, record.ordinal)
  const bytes = Math.min(most, Math.max(64 * 1024, tail * BYTES_PER_LINE))
  const read = async (path: string) => lastLines(await tailOf(path, bytes), tail)
  const [log, out, err] = await Promise.all([read(files.log), read(files.out), read(files.err)])
  // What the JVM or user code wrote beside the log: a quarter of the lines, or all of them where nothing was logged.
  const room = log.length === 0 ? tail : Math.floor(tail / 4)
  const beside = besideLog(out, err, room)
  return [...last(log, tail - beside.length), ...beside]
}

/** A title stays, however much comes under it: whoever follows a log goes by it. */
function besideLog(out: string[], err: string[], room: number): string[] {
  const titles = [out, err].filter((lines) => lines.length > 0).length
  const errLines = last(err, Math.max(0, room - titles))
  const outLines = last(out, Math.max(0, room - titles - errLines.length))
  return [...titled('standard output', outLines), ...titled('standard error', errLines)]
}

const last = (lines: string[], count: number): string[] => (count <= 0 ? [] : lines.slice(-count))

const titled = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : [`--- ${title} ---`, ...lines])

export async function memberLogs(
  dataDir: string,
  ledger: ProcessLedger,
  resource: string,
  query: LogQuery,
): Promise<MemberLog[]> {
  const records = (await ledger.list({ resource }))
    .filter((record) => !neverStarted(record))
    .filter((record) => query.role === undefined || record.role === query.role)
    .filter((record) => query.ordinal === undefined || record.ordinal === query.ordinal)
    .sort((a, b) => b.generation - a.generation || a.ordinal - b.ordinal)
  const logs: MemberLog[] = []
  // Each has three files.
  const most = Math.ceil(LOG_BYTES / (3 * records.length))
  for (const record of records) {
    const lines = await linesOf(dataDir, record, query.tail, most)
    if (lines === undefined) continue
    const { role, ordinal, generation, exitedAt } = record
    logs.push({
      role,
      ordinal,
      generation,
      alive: record.state !== 'EXITED',
      startedAt: record.createdAt,
      ...defined({ endedAt: exitedAt }),
      lines,
    })
  }
  return logs
}
