/**
 * Makes dist/, what the published package runs: the sources as JavaScript, and whatever else they read beside them.
 * `--if-changed` leaves one that was made of the same sources, as suites need it that run beside each other.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { buildHelper, HELPERS } from './build-helpers.ts'

const ROOT = resolve(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')
/** What dist/ was made of. */
const STAMP = join(ROOT, 'build', 'dist.sha256')
const madeOf = hashOf('src', 'helpers', 'tools', 'package-lock.json', 'tsconfig.json')
if (process.argv.includes('--if-changed') && existsSync(DIST) && madeOf === read(STAMP)) process.exit(0)
mkdirSync(join(ROOT, 'build'), { recursive: true })
const FRESH = mkdtempSync(join(ROOT, 'build', 'dist-'))

// Built aside and put in place at the end: a failed build leaves the last good one, two at once do not mix.
const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
const project = join(import.meta.dirname, 'tsconfig.build.json')
const { status } = spawnSync(process.execPath, [tsc, '--project', project, '--outDir', FRESH], { stdio: 'inherit' })
if (status !== 0) fail(status ?? 1)
cpSync(join(ROOT, 'src'), FRESH, { recursive: true, filter: (path) => !path.endsWith('.ts') || path.endsWith('.d.ts') })
try {
  for (const name of HELPERS) {
    const jar = await buildHelper(name, { out: join(ROOT, 'build', 'helpers') })
    copyFileSync(jar, join(FRESH, 'runtimes', `${name}.jar`))
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  fail(1)
}
chmodSync(FRESH, 0o755)
chmodSync(join(FRESH, 'cli', 'main.js'), 0o755)
rmSync(STAMP, { force: true })
rmSync(DIST, { recursive: true, force: true })
renameSync(FRESH, DIST)
writeFileSync(STAMP, madeOf)

function fail(code: number): never {
  rmSync(FRESH, { recursive: true, force: true })
  process.exit(code)
}

/** Of all files below the paths, with their names. */
function hashOf(...paths: string[]): string {
  const hash = createHash('sha256')
  for (const path of paths.flatMap(filesOf).sort()) hash.update(`${path}\n`).update(readFileSync(join(ROOT, path)))
  return hash.digest('hex')
}

function filesOf(path: string): string[] {
  if (statSync(join(ROOT, path)).isFile()) return [path]
  const entries = readdirSync(join(ROOT, path), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
