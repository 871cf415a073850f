/**
 * Compares what it takes to get a job running: Flink's own scripts, plain JVMs by hand, and Weir. One run, one machine,
 * the same job, rounds that alternate. Prints tables, and with `--write` puts them into bench/RESULTS.md.
 *
 *   npm run bench                          everything, five rounds, Flink 1.17.1
 *   npm run bench -- --flink 2.3.0         another Flink
 *   npm run bench -- --rounds 1 --only start,pool,warm,throughput,server
 *   npm run bench -- --only start,pool --sessions 20
 */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { createDistributions } from '../src/flink/distributions/distributions.ts'
import { findJava } from '../src/runtimes/local/java.ts'
import { buildExample } from '../tools/build-example.ts'
import { argumentsOf, until } from './flink.ts'
import { type Figures, measureClusters } from './measure.ts'
import { measurePool } from './pool.ts'
import { type Aim, aimsTable } from './report.ts'
import { sections } from './sections.ts'
import { measureServer } from './server.ts'
import type { Setting } from './setting.ts'
import { startServer } from './weir.ts'

const { values: flags } = parseArgs({
  options: {
    flink: { type: 'string', default: '1.17.1' },
    rounds: { type: 'string', default: '5' },
    records: { type: 'string', default: '10000000' },
    sessions: { type: 'string', default: '20' },
    only: { type: 'string', default: 'start,pool,warm,throughput,server' },
    write: { type: 'boolean', default: false },
  },
})

const only = new Set(flags.only.split(','))
const rounds = Number(flags.rounds)
const work = await mkdtemp(join(tmpdir(), 'weir-bench-'))
const say = (text: string) => process.stderr.write(`${text}\n`)

async function measure(): Promise<Figures> {
  const clusters = ['start', 'pool', 'warm', 'throughput'].some((name) => only.has(name))
    ? await measureFlink()
    : { archive: false }
  return { ...clusters, ...(only.has('server') ? { server: await measureServer(work, rounds) } : {}) }
}

async function measureFlink(): Promise<Figures> {
  const setting = await prepare()
  // Without a pool: it would share the machine with what is measured.
  const server = await startServer(join(work, 'data'), work, { flags: ['--warm-pool', '0'] })
  const figures = await measureClusters(server, setting, { rounds, records: Number(flags.records), only, say }).finally(
    server.stop,
  )
  if (!only.has('pool')) return figures
  say('sessions one after the other, with a pool ...')
  return { ...figures, pool: await measurePool(setting, Number(flags.sessions), say) }
}

async function prepare(): Promise<Setting> {
  say(`Flink ${flags.flink} ...`)
  const { home } = await createDistributions().install(flags.flink, ({ detail }) => say(detail))
  const { jar, entryClass } = await buildExample({ flinkHome: home, out: join(work, 'jars') })
  const args = ['--rate', '10', '--parallelism', '2']
  return { flinkVersion: flags.flink, home, jar, entryClass, args, memory: '1024m', slots: 2, configuration: {}, work }
}

async function machine(): Promise<string> {
  const { build } = await findJava(flags.flink)
  const memory = Math.round(totalmem() / 1024 ** 3)
  return (
    `Machine: ${cpus().length} CPUs (${cpus()[0]?.model.trim()}), ${memory} GB, ${process.platform} ${process.arch}, ` +
    `Node ${process.versions.node}, Java: ${build}. Weir run from its sources.`
  )
}

/** Whatever still runs of this run: every one of its processes names its folder on the command line. */
async function cleanUp(): Promise<void> {
  const ours = (await readdir('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && argumentsOf(pid).some((arg) => arg.includes(work)))
  for (const pid of ours.filter((each) => argumentsOf(each).length > 0)) process.kill(pid)
  await until('every process has ended', async () => ours.every((pid) => argumentsOf(pid).length === 0))
  await rm(work, { recursive: true, force: true })
}

process.once('SIGINT', () => void cleanUp().finally(() => process.exit(130)))

const figures = await measure().finally(cleanUp)
const aims: Aim[] = sections(figures).flatMap((section) => section.aims)
const text = [
  ...sections(figures).map(({ title, text: body }) => `## ${title}\n\n${body}`),
  `## Aims\n\n${aimsTable(aims)}`,
].join('\n\n')
const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, '')
const day = new Date().toISOString().slice(0, 10)
const heading = `# Results\n\n\`${command}\` on ${day}, Flink ${flags.flink}, ${rounds} rounds.`
const document = `${heading}\n${await machine()}\n\n${text}\n`
process.stdout.write(`${document}\n`)
if (flags.write) await writeFile(resolve(import.meta.dirname, 'RESULTS.md'), document)
