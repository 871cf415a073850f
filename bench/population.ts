/**
 * What a population of sessions and jobs costs a server: coming up, at rest, under requests and changes, at a start. On
 * the fake runtime, so that what is measured is Weir alone. With `--base` a tree of that commit is measured in the same
 * run, and ratios stand beside. CPU, counts and bytes are what to judge by: milliseconds depend on what else goes on.
 *
 *   npm run bench:population                                      500 sessions with 5 jobs each, this tree, SQLite
 *   npm run bench:population -- --base ed86e31 --write            beside that commit; into bench/RESULTS-POPULATION.md
 *   npm run bench:population -- --sessions 1000 --jobs 5 --parts start,requests
 *   npm run bench:population -- --database postgres               on a PostgreSQL of its own
 *
 *   npm run bench:population -- --work /dev/shm                   data in memory: fsyncs are counted and not waited for
 *   npm run bench:population -- --http                            Flink asked over HTTP, by a process of its own
 *
 * Figures of the other commit are kept in the user's cache; `--fresh` measures them again, `--base-only` nothing else.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { type PostgresServer, startPostgres } from '../tests/support/postgres.ts'
import { fsyncCounter } from './population/fsyncs.ts'
import { type Figures, measureTree, type Plan } from './population/measure.ts'
import { reportOf } from './population/report.ts'
import { benchCache, type Tree, thisTree, treeAt } from './population/trees.ts'

const { values: flags } = parseArgs({
  options: {
    sessions: { type: 'string', default: '500' },
    jobs: { type: 'string', default: '5' },
    callers: { type: 'string', default: '32' },
    rest: { type: 'string', default: '60' },
    parts: { type: 'string', default: 'requests,changes,start,in-one' },
    database: { type: 'string', default: 'sqlite' },
    base: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    'base-only': { type: 'boolean', default: false },
    configuration: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    work: { type: 'string', default: tmpdir() },
    http: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})

const say = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`)
const work = await mkdtemp(join(resolve(flags.work), 'weir-population-'))

async function planOf(postgres: PostgresServer | undefined): Promise<Plan> {
  const counter = await fsyncCounter(join(benchCache(), 'fsyncs'))
  if (!counter) say('no C compiler (cc): fsyncs are not counted')
  return {
    sessions: Number(flags.sessions),
    jobs: Number(flags.jobs),
    callers: Number(flags.callers),
    restSeconds: Number(flags.rest),
    parts: new Set(flags.parts.split(',')),
    http: flags.http,
    newDatabase: postgres?.createDatabase,
    database: flags.database,
    flinkConfiguration: Object.fromEntries(flags.configuration.map((line) => line.split('=', 2) as [string, string])),
    counter,
    work,
    say,
    keep: async (figures) => {
      if (flags.json !== undefined) await writeFile(`${flags.json}.part`, JSON.stringify([figures]))
    },
  }
}

/** The figures of a commit don't change, so that those of an earlier run do unless others are asked for. */
async function baseFigures(tree: Tree, plan: Plan): Promise<Figures> {
  const setting = [plan.sessions, plan.jobs, plan.database, plan.restSeconds, ...plan.parts, ...flags.configuration]
  const name = [tree.name, ...setting, resolve(flags.work)].join('-').replaceAll(/[^\w.-]+/g, '_')
  const kept = join(benchCache(), 'population', `${name}.json`)
  const earlier = flags.fresh ? undefined : await readFile(kept, 'utf8').catch(() => undefined)
  // JSON has no NaN: what was not counted comes back as null.
  if (earlier !== undefined) return JSON.parse(earlier, (_, value) => value ?? Number.NaN) as Figures
  const figures = await measureTree(tree, plan)
  await mkdir(dirname(kept), { recursive: true })
  await writeFile(kept, JSON.stringify(figures))
  return figures
}

function heading(all: readonly Figures[]): string {
  const command = `npm run bench:population -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, '')
  const [first] = all
  const when = all.map(({ tree, at }) => `${tree} at ${at.slice(0, 16).replace('T', ' ')}`).join(', ')
  return [
    '# Population',
    `\`${command}\`: ${flags.sessions} sessions with ${flags.jobs} jobs each, ${flags.callers} callers, ` +
      `${first?.database === 'sqlite' ? 'SQLite' : 'PostgreSQL'}, fake runtime; ${when} (UTC).\n` +
      `Machine: ${cpus().length} CPUs (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 1024 ** 3)} GB, ` +
      `Node ${process.versions.node}. CPU is that of the server's process, its threads included.`,
  ].join('\n\n')
}

const postgres = flags.database === 'postgres' ? await startPostgres({ durable: true }) : undefined
try {
  const plan = await planOf(postgres)
  const all: Figures[] = []
  if (flags.base !== undefined) all.push(await baseFigures(await treeAt(flags.base, say), plan))
  if (!flags['base-only']) all.push(await measureTree(await thisTree(), plan))
  const document = `${heading(all)}\n\n${reportOf(all)}\n`
  process.stdout.write(document)
  if (flags.json !== undefined) await writeFile(flags.json, JSON.stringify(all, undefined, 2))
  if (flags.write) await writeFile(resolve(import.meta.dirname, 'RESULTS-POPULATION.md'), document)
} finally {
  await postgres?.stop()
  await rm(work, { recursive: true, force: true })
}
