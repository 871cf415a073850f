/**
 * Java reads and writes the names of files in the encoding of the locale that it starts in. In the plain C locale, and
 * in one that this machine doesn't have, that is ASCII: a JVM then finds no file whose path has a letter beyond it, its
 * own class path among them. Flink's images set a UTF-8 locale for the same reason.
 */
import { spawnSync } from 'node:child_process'

/** Part of glibc, and of macOS; musl knows UTF-8 alone and takes any name. */
const UTF8 = 'C.UTF-8'

let known: { environment: string; change: { LC_ALL?: string } } | undefined

/** What a JVM's environment needs beside that one, so that its file names are UTF-8: nothing where they are already. */
export function localeOfJvm(env: NodeJS.ProcessEnv = process.env): { LC_ALL?: string } {
  const environment = JSON.stringify([env['LC_ALL'], env['LC_CTYPE'], env['LANG'], env['PATH']])
  // A program of milliseconds, asked once.
  if (known?.environment !== environment) {
    const { stdout } = spawnSync('locale', ['charmap'], { env, encoding: 'utf8', timeout: 10_000 })
    const named = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
    const isUtf8 = /utf-?8/i.test(stdout?.trim() || named)
    known = { environment, change: isUtf8 ? {} : { LC_ALL: UTF8 } }
  }
  return known.change
}
