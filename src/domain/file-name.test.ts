import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fileName, fileNameProblem } from './file-name.ts'

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

test.each(['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'a\0b'])('no file can be called %j', (name) => {
  expect(fileNameProblem(name)).toBeDefined()
})
