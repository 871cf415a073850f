import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CATALOGUE } from '../../src/flink/distributions/catalogue.ts'
import { runWeir } from '../support/cli.ts'

let java: string

beforeAll(() => {
  java = mkdtempSync(join(tmpdir(), 'weir-java-'))
  mkdirSync(join(java, 'bin'))
  writeFileSync(join(java, 'bin', 'java'), '')
  chmodSync(join(java, 'bin', 'java'), 0o755)
  writeFileSync(join(java, 'release'), 'JAVA_VERSION="25.0.1"\n')
})
afterAll(() => rmSync(java, { recursive: true }))

const list = (...flags: string[]) => ({
  in: (tty: boolean) => runWeir(['runtime', 'list', ...flags], { tty, env: { WEIR_JAVA_HOME: java } }),
})

test('the list of runtimes has each with its Java releases and the Java that it would be run with', async () => {
  const piped = (await list().in(false)).out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
  expect(piped.map(([runtime, version]) => [runtime, version])).toEqual(
    Object.entries(CATALOGUE).map(([runtime, { version }]) => [runtime, version]),
  )
  expect(piped.map((columns) => columns.slice(3, 5))).toEqual([
    ['11', '25.0.1'],
    ...Array.from({ length: 3 }, () => ['11, (17)', '25.0.1']),
    ...Array.from({ length: 4 }, () => ['11, 17, (21)', '25.0.1']),
  ])
  const { items } = JSON.parse((await list('--json').in(false)).out) as { items: { java: object }[] }
  expect(items[0]?.java).toMatchObject({
    used: { version: '25.0.1', home: java },
    note: expect.stringMatching(/1\.17\.1.*not 25/),
  })
})

test('people are told below it what is not officially supported, once each', async () => {
  const { out } = await list().in(true)
  expect(out.match(/officially supports/g)).toHaveLength(Object.keys(CATALOGUE).length)
})
