/** Makes dist/, what the published package runs: the sources as JavaScript, and whatever else they read beside them. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')
mkdirSync(join(ROOT, 'build'), { recursive: true })
const FRESH = mkdtempSync(join(ROOT, 'build', 'dist-'))

// Built aside and put in place at the end: a failed build leaves the last good one, two at once do not mix.
const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
const project = join(import.meta.dirname, 'tsconfig.build.json')
const { status } = spawnSync(process.execPath, [tsc, '--project', project, '--outDir', FRESH], { stdio: 'inherit' })
if (status !== 0) {
  rmSync(FRESH, { recursive: true, force: true })
  process.exit(status ?? 1)
}
cpSync(join(ROOT, 'src'), FRESH, { recursive: true, filter: (path) => !path.endsWith('.ts') || path.endsWith('.d.ts') })
chmodSync(FRESH, 0o755)
chmodSync(join(FRESH, 'cli', 'main.js'), 0o755)
rmSync(DIST, { recursive: true, force: true })
renameSync(FRESH, DIST)
