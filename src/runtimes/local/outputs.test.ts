import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { boundFile, copyAndEmpty } from './outputs.ts'

const MIB = 2 ** 20
const BOUNDS = { most: 4 * MIB, kept: 2 * MIB }

let folder: string
let writer: ChildProcess | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-outputs-'))
  return async () => {
    writer?.kill('SIGKILL')
    if (writer && writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit')
    rmSync(folder, { recursive: true })
  }
})

/** Prints numbered lines of 100 bytes without end, as a JVM whose standard output is appended to a file. */
function printing(path: string): void {
  const program = 'for (let n = 0; ; n++) require("fs").writeSync(1, String(n).padStart(99, "0") + "\\n")'
  writer = spawn(process.execPath, ['-e', program], { stdio: ['ignore', openSync(path, 'a'), 'ignore'] })
}

const size = (path: string): number => statSync(path).size

/** The numbers of all whole lines, the first one left out, which may have been cut. */
const numbersIn = (path: string): number[] => {
  const lines = readFileSync(path, 'utf8').split('\n').slice(1, -1)
  return lines.map(Number)
}

const consecutive = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number === numbers[index - 1]! + 1)

test('a file that is written meanwhile is cut to its newest part, and no line of that is lost', async () => {
  const path = join(folder, 'x.out')
  printing(path)
  for (let round = 0; round < 3; round++) {
    await vi.waitFor(() => expect(size(path)).toBeGreaterThan(BOUNDS.most), { timeout: 30_000 })
    expect(await boundFile(path, BOUNDS)).toBe(true)
  }
  writer?.kill('SIGKILL')
  await once(writer!, 'exit')
  await boundFile(path, BOUNDS)
  expect(size(path)).toBeLessThanOrEqual(BOUNDS.most)
  const numbers = numbersIn(path)
  expect(numbers.length).toBeGreaterThan(1000)
  expect(consecutive(numbers)).toBe(true)
  // More was printed than is kept.
  expect(numbers[0]).toBeGreaterThan(BOUNDS.kept / 100)
})

test('where blocks cannot be taken out, the newest part is beside, and the file goes on at its new end', async () => {
  const path = join(folder, 'x.err')
  printing(path)
  await vi.waitFor(() => expect(size(path)).toBeGreaterThan(BOUNDS.most), { timeout: 30_000 })
  await copyAndEmpty(path, BOUNDS.kept)
  await vi.waitFor(() => expect(size(path)).toBeGreaterThan(1000), { timeout: 30_000 })
  writer?.kill('SIGKILL')
  await once(writer!, 'exit')
  expect(size(`${path}.1`)).toBeGreaterThanOrEqual(BOUNDS.kept)
  expect(size(`${path}.1`)).toBeLessThan(2 * BOUNDS.kept)
  expect(consecutive(numbersIn(`${path}.1`))).toBe(true)
  expect(consecutive(numbersIn(path))).toBe(true)
  expect(readFileSync(path).includes(0)).toBe(false)
})

test('what fits is left alone, and so is what is not there', async () => {
  const path = join(folder, 'x.out')
  writeFileSync(path, 'a line\n')
  expect(await boundFile(path, BOUNDS)).toBe(false)
  expect(await boundFile(join(folder, 'y.out'), BOUNDS)).toBe(false)
  expect(readFileSync(path, 'utf8')).toBe('a line\n')
  expect(existsSync(`${path}.1`)).toBe(false)
})
