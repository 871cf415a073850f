/**
 * pip as the way to PyPI: it knows the machine's index, mirror and certificate settings. What it brings is pinned by
 * SHA-256 (pip checks before it looks into a package), and it must not leave anything outside of the given folders.
 */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PinnedFile } from './catalogue.ts'
import type { CommandResult } from './command.ts'
import { lastWords, runCommand } from './command.ts'
import { SourceRefused } from './source.ts'

export interface PipTask {
  /** The command that pip is: `['python3', '-m', 'pip']`. */
  pip: readonly string[]
  env: NodeJS.ProcessEnv
  /** An existing folder for this task alone. */
  folder: string
  signal: AbortSignal
  onBytes?: (bytes: number) => void
}

/** As long as that pip may be silent: a mirror may fetch hundreds of megabytes before its first byte. */
const SILENCE_MS = 60_000

const QUIET = [
  '--no-cache-dir',
  '--no-deps',
  '--no-input',
  '--progress-bar',
  'off',
  '--retries',
  '1',
  '--disable-pip-version-check',
]

/** Wheels of Flink differ per platform only in Python's part, which isn't used: one platform's will do on all. */
const ANY_PLATFORM = [
  '--only-binary',
  ':all:',
  '--python-version',
  '310',
  '--platform',
  'manylinux1_x86_64',
  '--platform',
  'manylinux2014_x86_64',
]

/** Downloads a source package and answers its path. Throws SourceRefused. */
export async function downloadSource(name: string, version: string, pin: PinnedFile, task: PipTask): Promise<string> {
  const target = join(task.folder, 'download')
  await pip(['download', ...QUIET, '--no-binary', ':all:', '-d', target], name, version, pin, task)
  const found = (await readdir(target)).find((file) => normalised(file).startsWith(`${normalised(name)}-`))
  if (!found) throw new SourceRefused(`pip said that it downloaded ${name} ${version}, but no such file came`)
  return join(target, found)
}

/** Unpacks a wheel below the folder and answers where. Throws SourceRefused. */
export async function unpackWheel(name: string, version: string, pin: PinnedFile, task: PipTask): Promise<string> {
  const target = join(task.folder, 'wheel')
  await pip(['install', ...QUIET, '--no-compile', ...ANY_PLATFORM, '--target', target], name, version, pin, task)
  return target
}

async function pip(args: string[], name: string, version: string, pin: PinnedFile, task: PipTask): Promise<void> {
  const temporary = join(task.folder, 'tmp')
  await mkdir(temporary, { recursive: true })
  const requirements = join(task.folder, 'requirements.txt')
  await writeFile(requirements, `${name}==${version} --hash=sha256:${pin.sha256}\n`)
  const result = await runCommand([...task.pip, ...args, '--require-hashes', '-r', requirements], {
    cwd: task.folder,
    // A user's own settings for installing must not move the target.
    env: { ...task.env, TMPDIR: temporary, PIP_REQUIRE_VIRTUALENV: '0', PIP_USER: '0', PYTHONUNBUFFERED: '1' },
    signal: task.signal,
    silenceMs: SILENCE_MS,
    ...(task.onBytes ? { bytes: () => largestDownload(temporary, name), onBytes: task.onBytes } : {}),
  })
  if (result.end !== 'OK') throw new SourceRefused(refusal(`${name} ${version}`, result))
}

function refusal(what: string, result: CommandResult): string {
  if (result.end === 'MISSING') return 'pip is not there any more'
  if (result.end === 'SILENT') return `pip heard nothing of ${what} for ${SILENCE_MS / 1000} s`
  if (result.output.includes('DO NOT MATCH THE HASHES')) {
    const [, got = 'another one'] = /Got\s+([0-9a-f]{64})/.exec(result.output) ?? []
    return `what pip brought as ${what} is not what Weir pins: its SHA-256 is ${got}`
  }
  const why = lastWords(plain(result.output), /^(ERROR:|connection broken|.*No space left on device)/)
  return `pip could not get ${what}: ${why}`
}

/** Without what only pip's authors understand of a broken connection. */
const plain = (output: string): string =>
  output
    .split('\n')
    .map((line) => {
      const from = line.indexOf('WARNING: Retrying (')
      const to = line.indexOf(') after ', from)
      return from < 0 || to < 0 ? line : line.slice(to + ') after '.length)
    })
    .join('\n')
    .replaceAll(/<pip\._vendor[^<>]*>:? ?/g, '')

/** pip shows progress on terminals only; it downloads into a folder below TMPDIR under the file's own name. */
async function largestDownload(temporary: string, name: string): Promise<number> {
  let largest = 0
  for (const folder of await readdir(temporary)) {
    const files = await readdir(join(temporary, folder)).catch(() => [])
    for (const file of files.filter((each) => normalised(each).startsWith(normalised(name)))) {
      const { size } = await stat(join(temporary, folder, file))
      largest = Math.max(largest, size)
    }
  }
  return largest
}

/** Files of one project are named with `-` by older releases and with `_` by newer ones. */
const normalised = (name: string): string => name.toLowerCase().replaceAll('_', '-')
