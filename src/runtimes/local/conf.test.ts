import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'

import { effectiveClusterSpec } from '../../domain/effective.ts'
import { launchConfiguration, renderConf, writeConf } from './conf.ts'
import { launchFolder, makeFolders } from './paths.ts'

const key = fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/)

const odd = fc.string({
  unit: fc.constantFrom('a', '\u007f', '\u0080', '\u0085', '\u009b', '\u2028', '\ufeff', '\ufffe', '\uffff'),
})

test('every value survives the file of Flink 2', () => {
  fc.assert(
    fc.property(fc.dictionary(key, fc.oneof(fc.string({ unit: 'grapheme' }), odd)), (configuration) => {
      const conf = renderConf('2.3.0', configuration)
      expect(conf.inexpressible).toEqual([])
      // What YAML may not hold as it is (YAML 1.2, section 5.1).
      expect(conf.text).not.toMatch(/[^\n\u0020-\u007e\u00a0-\ufefe\uff00-\ufffd]/)
      expect(parse(conf.text) ?? {}).toEqual({ ...configuration })
    }),
  )
})

/** As Flink 1.x reads its file: a comment from the first `#`, key and value at the first `: `, both trimmed. */
function readAsFlink1(text: string): Record<string, string> {
  const pairs = text
    .split('\n')
    .map((line) => line.split('#')[0]!.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const at = line.indexOf(': ')
      return [line.slice(0, at).trim(), line.slice(at + 2).trim()] as const
    })
  return Object.fromEntries(pairs)
}

test('what the file of Flink 1 cannot hold is passed on beside it, and nothing is lost', () => {
  fc.assert(
    fc.property(
      fc.dictionary(key, fc.oneof(fc.string(), fc.constantFrom('a#b', 'two\nlines', '', ' led by a space', 'k: v'))),
      (configuration) => {
        const conf = renderConf('1.17.1', configuration)
        expect({ ...readAsFlink1(conf.text), ...Object.fromEntries(conf.inexpressible) }).toEqual({ ...configuration })
      },
    ),
  )
})

const spec = effectiveClusterSpec({
  spec: {
    name: 'orders',
    runtime: 'FLINK_1_17',
    jars: [],
    plugins: [],
    logConfiguration: {},
    flinkConfiguration: { 's3.secret-key': 'hush', 'cluster.intercept-user-system-exit': 'LOG' },
    jobManagerResource: {},
    taskManagerResource: {},
  },
  workspace: 'W',
  runtimeDefaults: {},
})
const java = (major: number) => ({
  home: '/java',
  executable: '/java/bin/java',
  major,
  version: `${major}.0.1`,
  build: 'x',
})

test('everything listens on the loopback interface, at the ports of the launch', () => {
  const conf = launchConfiguration(spec, launchFolder('/data', { resource: 'R', generation: 3 }), java(17), {
    restPort: 1111,
    rpcPort: 2222,
  })
  expect(conf).toMatchObject({
    'jobmanager.bind-host': '127.0.0.1',
    'taskmanager.bind-host': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': '1111',
    'rest.bind-port': '1111',
    'jobmanager.rpc.port': '2222',
    'io.tmp.dirs': '/data/clusters/R/3/scratch/tmp',
  })
})

test('a port that every process would take is the first of a range', () => {
  const flinkConfiguration = { 'jmx.server.port': '9010', 'metrics.reporter.g.port': '2003' }
  const folder = launchFolder('/data', { resource: 'R', generation: 1 })
  expect(
    launchConfiguration({ ...spec, flinkConfiguration }, folder, java(17), { restPort: 1, rpcPort: 2 }),
  ).toMatchObject({ 'jmx.server.port': '9010-9109', 'metrics.reporter.g.port': '2003' })
})

test('System.exit is intercepted where Java allows it, unless the caller says otherwise', () => {
  const withoutCallers = { ...spec, flinkConfiguration: {} }
  const folder = launchFolder('/data', { resource: 'R', generation: 1 })
  const intercept = (which: typeof spec, major: number) =>
    launchConfiguration(which, folder, java(major), { restPort: 1, rpcPort: 2 })['cluster.intercept-user-system-exit']
  expect(intercept(withoutCallers, 17)).toBe('THROW')
  expect(intercept(withoutCallers, 25)).toBeUndefined()
  expect(intercept(spec, 17)).toBe('LOG')
})

test('configuration files can be read by their owner only', async () => {
  const data = await mkdtemp(join(tmpdir(), 'weir-conf-'))
  onTestFinished(() => rm(data, { recursive: true }))
  const folder = launchFolder(data, { resource: 'R', generation: 1 })
  await makeFolders(folder)
  await writeConf(folder, '1.17.1', { 's3.secret-key': 'hush' }, { 'logback-console.xml': '<configuration/>' })
  expect((await stat(folder.conf)).mode & 0o777).toBe(0o700)
  for (const name of ['flink-conf.yaml', 'log4j-console.properties', 'logback-console.xml']) {
    expect((await stat(join(folder.conf, name))).mode & 0o777).toBe(0o600)
  }
  expect(await readFile(join(folder.conf, 'flink-conf.yaml'), 'utf8')).toBe('s3.secret-key: hush\n')
})
