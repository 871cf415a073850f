/** Makes dist/, what the published package runs: the sources as JavaScript, and whatever else they read beside them. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')
const FRESH = join(ROOT, 'build', 'dist')

// Built aside and put in place at the end, so that a failed build leaves the last good one.
rmSync(FRESH, { recursive: true, force: true })
const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [tsc, '--project', join(ROOT, 'tsconfig.build.json'), '--outDir', FRESH], { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)
cpSync(join(ROOT, 'src'), FRESH, { recursive: true, filter: (path) => !path.endsWith('.ts') || path.endsWith('.d.ts') })
chmodSync(join(FRESH, 'cli', 'main.js'), 0o755)
rmSync(DIST, { recursive: true, force: true })
renameSync(FRESH, DIST)
