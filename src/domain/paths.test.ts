import { posix } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from './failure.ts'
import { flinkFilePath, flinkFileUri, flinkFolderProblem, joinClassPath } from './paths.ts'

/** Absolute, as `path.resolve` answers them, with letters that mean something to URIs, lists, patterns and shells. */
const folder = fc
  .array(
    fc.string({
      unit: fc.oneof(
        fc.constantFrom(...' %20?#+&;$\'"~*|@=:,\\\n'),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      ),
      minLength: 1,
    }),
  )
  .map((segments) => posix.resolve('/', ...segments.map((segment) => segment.replaceAll(/[/\0]/g, '_'))))

describe('folders of Flink', () => {
  test('what Flink is told names the folder, whatever letters it has, or the folder is refused', () => {
    fc.assert(
      fc.property(folder, (path) => {
        if (flinkFolderProblem(path) === undefined) expect(flinkFilePath(flinkFileUri(path))).toBe(path)
      }),
      { numRuns: 1_000 },
    )
  })

  test('and a folder that is let through is one entry of every list that Flink or Java makes of it', () => {
    fc.assert(
      fc.property(folder, (path) => {
        if (flinkFolderProblem(path) !== undefined) return
        // Flink's `splitPaths`.
        expect(path.split(/,|:/)).toEqual([path])
        expect(joinClassPath([path, '/b.jar']).split(':')).toEqual([path, '/b.jar'])
      }),
    )
  })

  test.each([
    ['file:///data/my checkpoints', '/data/my checkpoints'],
    ['file:/data/a%20b', '/data/a%20b'],
    ['/data/dätä?#', '/data/dätä?#'],
    ['file://host/data', '/data'],
    ['file:////data//x', '/data/x'],
    ['file:///data ', '/data '],
    [' file:///data', undefined],
    ['s3://bucket/data', undefined],
    ['hdfs:///data', undefined],
    ['FILE:///data', undefined],
    ['data', undefined],
    ['', undefined],
  ])('%j lies in %j, as Flink reads it', (text, path) => expect(flinkFilePath(text)).toBe(path))

  test.each(['/a:b', '/a,b', '/a\\b', '/a\nb'])('%j is refused with the letter and what to do', (path) => {
    expect(flinkFolderProblem(path)).toMatch(/has (a ".+"|a control character), .*: choose a folder without$/)
  })

  test.each(['/my checkpoints', '/a%20b', '/dätä', '/a#b?c;d\'e"f$g{h}*'])('%j is not refused', (path) => {
    expect(flinkFolderProblem(path)).toBeUndefined()
  })
})

test('an entry that would be two of the class path fails the launch by name', () => {
  expect(() => joinClassPath(['/lib/a.jar', '/lib/a:b.jar'])).toThrow(Failure)
  expect(() => joinClassPath(['/lib/a.jar', '/lib/a:b.jar'])).toThrow(/"\/lib\/a:b\.jar" can't be on Java's class path/)
  expect(joinClassPath(['/lib/a b.jar', '/lib/%.jar'])).toBe('/lib/a b.jar:/lib/%.jar')
})
