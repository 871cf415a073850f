/** Source trees of this repository at other commits, kept in the user's cache with their packages. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const HERE = resolve(import.meta.dirname, '../..')

export interface Tree {
  name: string
  /** Absolute; `src/cli/main.ts` is below it. */
  root: string
}

export const benchCache = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'weir', 'bench')

export const thisTree = async (): Promise<Tree> => ({ name: 'this tree', root: HERE })

/** A worktree of that commit, made when it is first asked for. Throws what git or npm say. */
export async function treeAt(revision: string, say: (text: string) => void): Promise<Tree> {
  const { stdout } = await run('git', ['-C', HERE, 'rev-parse', '--verify', `${revision}^{commit}`])
  const commit = stdout.trim()
  const root = join(benchCache(), 'trees', commit)
  if (!existsSync(join(root, 'package.json'))) {
    say(`a worktree of ${revision} in ${root} ...`)
    await mkdir(dirname(root), { recursive: true })
    await run('git', ['-C', HERE, 'worktree', 'prune'])
    await run('git', ['-C', HERE, 'worktree', 'add', '--force', '--detach', root, commit])
  }
  if (!existsSync(join(root, 'node_modules'))) await givePackages(root, say)
  return { name: commit.slice(0, 7), root }
}

/** The packages of this tree when the lockfile is the same, else those of its own. */
async function givePackages(root: string, say: (text: string) => void): Promise<void> {
  const [ours, theirs] = await Promise.all(
    [HERE, root].map((each) => readFile(join(each, 'package-lock.json'), 'utf8')),
  )
  if (ours === theirs) return symlink(join(HERE, 'node_modules'), join(root, 'node_modules'))
  say(`npm ci in ${root} ...`)
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, maxBuffer: 64 * 1024 ** 2 })
}
