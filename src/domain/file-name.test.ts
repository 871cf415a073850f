import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fileName, fileNameProblem, fileUriProblem, sameNames } from './file-name.ts'

test.each([
  ['s3://bucket/a/b.jar', 'b.jar'],
  ['s3://bucket/a%20b.jar', 'a%20b.jar'],
  ['/opt/flink/opt/x.jar', 'x.jar'],
  ['/opt/flink/opt/a%20b.jar', 'a%20b.jar'],
  ['local:///opt/flink/opt/a%20b.jar', 'a b.jar'],
  ['https://h/d/y.jar?sig=1#f', 'y.jar'],
  ['https://h/d/%75serjob.jar', 'userjob.jar'],
  ['file:///jobs/my a%2520b dätä.jar', 'my a%20b dätä.jar'],
  ['file:///jobs/100%.jar', '100%.jar'],
  ['file:///jobs/', ''],
  ['https://h', ''],
  ['maven:g:art:1.0', 'art-1.0.jar'],
  ['maven:g:art:1.0:all', 'art-1.0-all.jar'],
  ['artifact://mine.jar', 'mine.jar'],
  ['artifact://mine.jar?version=3', 'mine.jar'],
])('the file name of %s is "%s"', (uri, name) => expect(fileName(uri)).toBe(name))

test('a file keeps its name on the way through a URI, whatever letters it has', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => fileNameProblem(text) === undefined)
  fc.assert(
    fc.property(name, fc.constantFrom('https://host/a/', 'file:///a/', 'local:///opt/flink/'), (text, base) => {
      expect(fileName(base + encodeURIComponent(text))).toBe(text)
    }),
  )
})

test.each(['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'a\0b', 'a'.repeat(256), '😀'.repeat(64), 'é'.repeat(128)])(
  'no file can be called %j',
  (name) => {
    expect(fileNameProblem(name)).toBeDefined()
  },
)

test.each(['a'.repeat(255), '😀'.repeat(63), 'é'.repeat(127)])('a name is counted in bytes: %s can be one', (name) => {
  expect(fileNameProblem(name)).toBeUndefined()
})

test.each(['https://h/%zz.jar', 'file:///jobs/100%.jar', 'local:///opt/flink/%e2%82.jar', 'https://h/%ff/a.jar'])(
  'an escape that is none names no file: %s',
  (uri) => {
    expect(fileUriProblem(uri)).toContain('write %25')
  },
)

test.each(['s3://b/%zz.jar', '/opt/flink/opt/100%.jar', 'https://h/a.jar?x=%zz', 'file:///jobs/100%25.jar'])(
  'where there are no escapes, or they are right, a %% is one: %s',
  (uri) => {
    expect(fileUriProblem(uri)).toBeUndefined()
  },
)

const at = (...uris: string[]) => sameNames(uris.map((uri, i) => [uri, String(i)] as const)).map(({ path }) => path)

test('two files of one name are told, however the name is written', () => {
  expect(at('https://h/userjob.jar', 's3://b/other.jar', 'https://g/%75serjob.jar')).toEqual(['2'])
  expect(at('maven:g:a:1.0', 'file:///a-1.0.jar')).toEqual(['1'])
})

test('of a file of Flink there is one patch version, whichever is named', () => {
  expect(
    at('/opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar', 'local:///opt/flink/opt/flink-s3-fs-hadoop-1.17.2.jar'),
  ).toEqual(['1'])
  expect(at('/opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar', 'https://h/flink-s3-fs-hadoop-1.17.2.jar')).toEqual(['1'])
  expect(at('https://h/lib-1.0.1.jar', 'https://h/lib-1.0.2.jar')).toEqual([])
  expect(at('/opt/flink/opt/flink-cep-1.17.1.jar', '/opt/flink/opt/flink-gelly-1.17.1.jar')).toEqual([])
})
