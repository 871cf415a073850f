/** What the rule tests read: the files that a commit would hold, as text. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Tracked files and those that are neither tracked nor ignored, relative to the repository, without deleted ones. */
export function repositoryFiles(): string[] {
  // A checkout that belongs to another user is as good as one's own: nothing but names is read through git.
  const listed = execFileSync(
    'git',
    ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 1e8,
    },
  )
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(ROOT + path)).sort()
}

export const read = (path: string): string => readFileSync(ROOT + path, 'utf8')
export const sizeOf = (path: string): number => statSync(ROOT + path).size

const isGenerated = (path: string): boolean => path.includes('/generated/')
export const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path)
const isTypeScript = (path: string): boolean => /\.tsx?$/.test(path) && !path.endsWith('.d.ts')

/** Every TypeScript file that people write. */
export const scripts = (): string[] => repositoryFiles().filter((path) => isTypeScript(path) && !isGenerated(path))
/** What is published and the tools that build it, without tests. */
export const production = (): string[] =>
  scripts().filter((path) => /^(src|tools|console\/src)\//.test(path) && !isTest(path))

/** Text without comments and without what stands in quotes, lines kept: for rules about the code itself. */
export function bareCode(text: string): string {
  const blank = (found: string): string => found.replaceAll(/[^\n]/g, ' ')
  return text.replaceAll(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    blank,
  )
}
