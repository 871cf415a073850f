import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { keyValues, readBody } from './body.ts'
import type { Io } from './io.ts'
import { duration } from './wait.ts'

const io = (text: string) => ({ stdin: Readable.from([text]), inTty: false }) as unknown as Io

test('stdin is JSON or YAML by its looks', async () => {
  expect(await readBody(io('{"a": [1]}'), '-')).toEqual({ a: [1] })
  expect(await readBody(io('a:\n  - 1\n'), '-')).toEqual({ a: [1] })
})

test.for([
  ['[1]', 'a list'],
  ['', 'nothing'],
  ['just text', 'a string'],
  ['{"a": ', 'not JSON'],
  ['a: [', 'not JSON or YAML'],
] as const)('%j is refused as %s', async ([text, why]) => {
  await expect(readBody(io(text), '-')).rejects.toThrow(why)
})

test('a file that is not there is named', async () => {
  await expect(readBody(io(''), '/nonexistent/body.json')).rejects.toThrow('/nonexistent/body.json')
})

test('options keep the equals signs of their values', () => {
  expect(keyValues(['env.java.opts=-Da=b', 'x='], '--conf')).toEqual({ 'env.java.opts': '-Da=b', x: '' })
  expect(() => keyValues(['=1'], '--conf')).toThrow('KEY=VALUE')
})

test.for([
  ['90', 90],
  ['90s', 90],
  ['5m', 300],
  ['1h30m', 5400],
  ['0s', 0],
] as const)('%s is %s seconds', ([text, seconds]) => {
  expect(duration(text)).toBe(seconds * 1000)
})

test.for(['', '5x', 'm', '1m1h'])('%j is no duration', (text) => {
  expect(() => duration(text)).toThrow('is not a duration')
})
