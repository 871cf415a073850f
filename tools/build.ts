/** Makes dist/, what the published package runs: the sources as JavaScript, and whatever else they read beside them. */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildHelper, HELPERS } from './build-helpers.ts'

const ROOT = resolve(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')
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
rmSync(DIST, { recursive: true, force: true })
renameSync(FRESH, DIST)

function fail(code: number): never {
  rmSync(FRESH, { recursive: true, force: true })
  process.exit(code)
}
