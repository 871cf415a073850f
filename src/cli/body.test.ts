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

test.for(['2', '1.10', '0123', '1e3', '0x1F', 'true', 'False', '-0', '12345678901234567890'])(
  'an option %s is the text that was written, in YAML',
  async (text) => {
    const yaml = `flinkConfiguration: {a.b: ${text}}\nlabels:\n  n: ${text}\njob: {args: [--n, ${text}]}\n`
    expect(await readBody(io(yaml), '-')).toEqual({
      flinkConfiguration: { 'a.b': text },
      labels: { n: text },
      job: { args: ['--n', text] },
    })
  },
)

test.for(['2', '1.10', '1e3', 'true', '12345678901234567890'])(
  'an option %s is the text that was written, in JSON',
  async (text) => {
    const json = `{"flinkConfiguration": {"a/b": ${text}}, "job": {"args": [${text}]}}`
    expect(await readBody(io(json), '-')).toEqual({ flinkConfiguration: { 'a/b': text }, job: { args: [text] } })
  },
)

test('where the API wants numbers and booleans they stay so, and what is no text stays for the API to refuse', async () => {
  const yaml = 'job: {parallelism: 2, allowNonRestoredState: true}\nflinkConfiguration: {a: ~, b: {c: 1}}\n'
  const body = { job: { parallelism: 2, allowNonRestoredState: true }, flinkConfiguration: { a: null, b: { c: 1 } } }
  expect(await readBody(io(yaml), '-')).toEqual(body)
  expect(await readBody(io(JSON.stringify(body)), '-')).toEqual(body)
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
