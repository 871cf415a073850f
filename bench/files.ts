/**
 * What files cost: a session whose 50 MB jar lies in S3 against the same session with the jar on this machine, in
 * rounds that alternate; and uploads against `cp`. Prints tables, and with `--write` puts them into
 * bench/RESULTS-FILES.md.
 *
 *   npm run bench:files                       five rounds, Flink 1.17.1; the S3 server is the one of WEIR_TEST_S3
 *   npm run bench:files -- --rounds 1 --only uploads
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'

import { createDistributions } from '../src/flink/distributions/distributions.ts'
import { writeLine } from '../src/runtimes/flink-files/lines.ts'
import { filesJar } from '../src/runtimes/helper-jars.ts'
import { createBucket, putObject, s3Configuration, s3Server } from '../tests/support/s3.ts'
import { buildExample } from '../tools/build-example.ts'
import { type Aim, aimsTable, median, rounds as roundsOf, table } from './report.ts'
import type { Setting } from './setting.ts'
import { BUILD, startByWeir, startServer, type WeirServer } from './weir.ts'

const { values: flags } = parseArgs({
  options: {
    flink: { type: 'string', default: '1.17.1' },
    rounds: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '50' },
    only: { type: 'string', default: 'sessions,uploads' },
    write: { type: 'boolean', default: false },
  },
})

const run = promisify(execFile)
const say = (text: string) => process.stderr.write(`${text}\n`)
const rounds = Number(flags.rounds)
const MB = 1_000_000
const BUCKET = 'weir-bench'
const work = await mkdtemp(join(tmpdir(), 'weir-bench-files-'))

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

/** The example's jar, with so much in it that nobody can pack. */
async function largeJar(home: string): Promise<{ jar: string; entryClass: string }> {
  const { jar, entryClass } = await buildExample({ flinkHome: home, out: join(work, 'example') })
  const folder = join(work, 'jars')
  const large = join(folder, 'large.jar')
  await mkdir(folder)
  await copyFile(jar, large)
  await writeFile(join(work, 'ballast.bin'), randomBytes(Number(flags.megabytes) * MB))
  await run('jar', ['--update', '--no-compress', '--file', large, '-C', work, 'ballast.bin'])
  return { jar: large, entryClass }
}

const WAYS = [
  'jar on this machine',
  'S3, in the cache',
  'S3, in the cache, first after a start of the server',
  'S3, for the first time',
] as const
type Way = (typeof WAYS)[number]
type Seconds = Record<Way, number[]>

interface Sessions {
  seconds: Seconds
  /** One JVM with Flink on its class path that copies the file and ends. */
  byFlink: number[]
}

async function measureSessions(): Promise<Sessions> {
  const s3 = s3Server()
  if (!s3) throw new Error('WEIR_TEST_S3 is not set: JSON {endpoint, accessKey, secretKey, region} of an S3 server')
  say(`Flink ${flags.flink} ...`)
  const { home } = await createDistributions().install(flags.flink, ({ detail }) => say(detail))
  const { jar, entryClass } = await largeJar(home)
  await createBucket(s3, BUCKET)
  await putObject(s3, `${BUCKET}/large.jar`, await readFile(jar))
  const configuration = { ...s3Configuration(s3), 'taskmanager.memory.network.max': '64m' }
  const setting: Setting = {
    flinkVersion: flags.flink,
    home,
    jar,
    entryClass,
    args: ['--rate', '10', '--parallelism', '1'],
    memory: '1024m',
    slots: 1,
    configuration,
    work,
  }
  const plugins = [{ name: 's3', jars: [`/opt/flink/opt/flink-s3-fs-hadoop-${flags.flink}.jar`] }]
  const uri = `s3://${BUCKET}/large.jar`
  const allowed = { flags: ['--allow-address', `${new URL(s3.endpoint).hostname}/32`] }
  let server = await startServer(join(work, 'data'), work, allowed)
  const once = async (change: Partial<Setting>): Promise<number> => {
    const session = await startByWeir(server, { ...setting, ...change, plugins })
    await session.stop()
    return session.seconds
  }
  const seconds = Object.fromEntries(WAYS.map((way): [Way, number[]] => [way, []])) as Seconds
  const byFlink: number[] = []
  const restart = async ({ empty = false } = {}): Promise<void> => {
    await server.stop()
    if (empty) await rm(join(work, 'data', 'files'), { recursive: true, force: true })
    server = await startServer(join(work, 'data'), work, allowed)
  }
  const ways: Record<Way, () => Promise<number>> = {
    'jar on this machine': () => once({}),
    'S3, in the cache': () => once({ jars: [uri] }),
    'S3, in the cache, first after a start of the server': async () => {
      await restart()
      return once({ jars: [uri] })
    },
    'S3, for the first time': async () => {
      await restart({ empty: true })
      return once({ jars: [uri] })
    },
  }
  try {
    say('sessions that are not counted, so that class archives and the cache are there ...')
    for (let i = 0; i < 2; i++) await once({ jars: [uri] })
    for (let round = 1; round <= rounds; round++) {
      for (const way of WAYS) {
        seconds[way].push(await ways[way]())
        say(`round ${round}: ${way}: ${seconds[way].at(-1)?.toFixed(2)} s`)
      }
      byFlink.push(await copyByFlink(home, uri, configuration, round))
      say(`round ${round}: one JVM that copies it: ${byFlink.at(-1)?.toFixed(2)} s`)
    }
  } finally {
    await server.stop()
  }
  return { seconds, byFlink }
}

async function copyByFlink(
  home: string,
  uri: string,
  configuration: Record<string, string>,
  round: number,
): Promise<number> {
  const plugins = join(work, `plugins-${round}`)
  await mkdir(join(plugins, 's3'), { recursive: true })
  const [jar = ''] = (await readdir(join(home, 'opt'))).filter((name) => name.startsWith('flink-s3-fs-hadoop'))
  await copyFile(join(home, 'opt', jar), join(plugins, 's3', jar))
  const plan = join(work, `plan-${round}`)
  const options = Object.entries(configuration).map(([key, value]) => writeLine(['!flink', key, value]))
  await writeFile(plan, [...options, writeLine([basename(uri), uri])].join(''))
  const env = { PATH: process.env['PATH'], FLINK_HOME: join(work, 'no-other-plugins'), FLINK_PLUGINS_DIR: plugins }
  const args = [
    '-cp',
    `${await filesJar()}:${join(home, 'lib')}/*`,
    'dev.weir.files.Fetch',
    plan,
    join(work, `copied-${round}`),
  ]
  return timed(() => run('java', args, { env }))
}

interface Upload {
  megabytes: number
  seconds: number[]
  cpSeconds: number[]
  /** Of the server, resident: before the first, and the most while one was under way. */
  before: number
  peak: number
}

async function measureUploads(): Promise<Upload[]> {
  await run(process.execPath, [resolve(import.meta.dirname, '../tools/build.ts')])
  const server = await startServer(join(work, 'uploads'), work, { program: BUILD })
  try {
    const measured: Upload[] = []
    for (const megabytes of [1, 50, 500]) measured.push(await measureUpload(server, megabytes))
    return measured
  } finally {
    await server.stop()
  }
}

async function measureUpload(server: WeirServer, megabytes: number): Promise<Upload> {
  const upload: Upload = { megabytes, seconds: [], cpSeconds: [], before: await resident(server.pid), peak: 0 }
  for (let round = 1; round <= rounds; round++) {
    const file = join(work, `upload-${megabytes}.jar`)
    await writeJar(file, megabytes)
    const watch = watchMemory(server.pid)
    upload.seconds.push(await timed(() => server.upload(`bench-${megabytes}.jar`, createReadStream(file))))
    upload.peak = Math.max(upload.peak, await watch())
    // `cp` leaves its file to the kernel; an upload that is acknowledged is on the disk.
    upload.cpSeconds.push(await timed(() => run('sh', ['-c', 'cp "$0" "$1" && sync "$1"', file, `${file}.copy`])))
    await rm(`${file}.copy`)
    say(
      `${megabytes} MB, round ${round}: ${upload.seconds.at(-1)?.toFixed(2)} s, ` +
        `cp ${upload.cpSeconds.at(-1)?.toFixed(2)} s`,
    )
  }
  return upload
}

/** A jar of one stored entry of random bytes: another one each time, so that nothing is known already. */
async function writeJar(file: string, megabytes: number): Promise<void> {
  const folder = await mkdtemp(join(work, 'ballast-'))
  const ballast = await open(join(folder, 'ballast.bin'), 'w')
  for (let i = 0; i < megabytes; i++) await ballast.write(randomBytes(MB))
  await ballast.close()
  await rm(file, { force: true })
  await run('jar', ['--create', '--no-compress', '--file', file, '-C', folder, 'ballast.bin'])
  await rm(folder, { recursive: true })
}

async function resident(pid: number): Promise<number> {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

/** Ends with the most that was seen, in MB. */
function watchMemory(pid: number): () => Promise<number> {
  let most = 0
  let over = false
  const watching = (async () => {
    while (!over) {
      most = Math.max(most, await resident(pid))
      await sleep(20)
    }
  })()
  return async () => {
    over = true
    await watching
    return most
  }
}

function sessionsText({ seconds, byFlink }: Sessions): { text: string; aims: Aim[] } {
  const local = median(seconds['jar on this machine'])
  const rows = WAYS.map((way) => [way, ...roundsOf(seconds[way]), (median(seconds[way]) - local).toFixed(2)])
  const text =
    `${table(['jar', 'median s', 'rounds', 'adds s'], rows)}

From the request to every subtask of a job RUNNING, by Flink's own word, with a jar ` +
    `of ${flags.megabytes} MB. One JVM with Flink on its class path
that copies the file with Flink's file system and ends takes ${median(byFlink).toFixed(2)} s (${roundsOf(byFlink)[1]}).`
  return {
    text,
    aims: [
      { what: 'cached adds', value: median(seconds['S3, in the cache']) - local, unit: 's', most: 0.2 },
      {
        what: "cold adds, of what Flink's own fetch needs",
        unit: 'x',
        most: 1.3,
        value: (median(seconds['S3, for the first time']) - local) / median(byFlink),
      },
    ],
  }
}

function uploadsText(uploads: readonly Upload[]): string {
  const rows = uploads.map(({ megabytes, seconds, cpSeconds, before, peak }) => [
    `${megabytes} MB`,
    ...roundsOf(seconds),
    (megabytes / median(seconds)).toFixed(0),
    ...roundsOf(cpSeconds).slice(0, 1),
    (median(seconds) / median(cpSeconds)).toFixed(2),
    before.toFixed(0),
    peak.toFixed(0),
  ])
  const heads = ['upload', 'median s', 'rounds', 'MB/s', 'cp and sync, s', 'x cp', 'server before, MB', 'at most, MB']
  return (
    `${table(heads, rows)}

Over loopback, by HTTP, into a server of the built package; acknowledged uploads are on the disk, so \`cp\` is ` +
    `followed by \`sync\` of its file.`
  )
}

const only = new Set(flags.only.split(','))
const parts: string[] = []
const aims: Aim[] = []
try {
  if (only.has('sessions')) {
    const { text, aims: more } = sessionsText(await measureSessions())
    parts.push(`## Sessions\n\n${text}`)
    aims.push(...more)
  }
  if (only.has('uploads')) parts.push(`## Uploads\n\n${uploadsText(await measureUploads())}`)
} finally {
  await rm(work, { recursive: true, force: true })
}
if (aims.length > 0) parts.push(`## Aims\n\n${aimsTable(aims)}`)
const command = `npm run bench:files -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, '')
const day = new Date().toISOString().slice(0, 10)
const document =
  `# Results: files\n\n\`${command}\` on ${day}, Flink ${flags.flink}, ${rounds} rounds; ` +
  `the S3 server on the same machine.
Machine: ${cpus().length} CPUs (${cpus()[0]?.model.trim()}), Node ${process.versions.node}.\n\n${parts.join('\n\n')}\n`
process.stdout.write(`${document}\n`)
if (flags.write) await writeFile(resolve(import.meta.dirname, 'RESULTS-FILES.md'), document)
