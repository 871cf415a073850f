import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ConfigError, configOptions, readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

test('a flag wins over the environment, and the environment over the file', () => {
  const config = file('all.yaml', 'listen: 127.0.0.1:1\nlog-level: error\nfile-root: [/a, /b]\n')
  const read = readConfig({ config, listen: '127.0.0.1:3' }, { WEIR_LISTEN: '127.0.0.1:2', WEIR_LOG_LEVEL: 'warn' })
  expect(read.listen).toEqual({ host: '127.0.0.1', port: 3 })
  expect(read.logLevel).toBe('warn')
  expect(read.fileRoots).toEqual(['/a', '/b'])
})

test('a data folder may have a name that URIs would encode', () => {
  expect(readConfig({ 'data-dir': '/my a%20b dätä' }, {}).dataDir).toBe('/my a%20b dätä')
})

test('without any setting it listens on this machine alone', () => {
  expect(readConfig({}, {}).listen).toEqual({ host: '127.0.0.1', port: 8080 })
})

test.each([
  [{ listen: 'nowhere' }, '--listen nowhere'],
  [{ listen: '127.0.0.1:99999' }, '--listen 127.0.0.1:99999'],
  [{ runtime: 'docker' }, '--runtime docker'],
  [{ 'log-level': 'loud' }, '--log-level loud'],
  [{ 'file-cache-bytes': '10GB' }, '--file-cache-bytes 10GB'],
  [{ 'memory-reserve': '1.1' }, '--memory-reserve 1.1: expected a number from 0 to 1'],
  [{ 'memory-reserve': '-0' }, '--memory-reserve -0'],
  [{ 'memory-reserve': '5%' }, '--memory-reserve 5%'],
  [{ 'memory-reserve': '.' }, '--memory-reserve .'],
  [{ 'data-dir': '/data/a:b' }, '--data-dir "/data/a:b" has a ":", which Flink can\'t have'],
  [{ 'data-dir': '/data/a,b' }, 'choose a folder without'],
])('a value that can not be used is refused by name: %j', (flags, message) => {
  expect(() => readConfig(flags, {})).toThrow(ConfigError)
  expect(() => readConfig(flags, {})).toThrow(message)
})

test('the password in a database address is not repeated in its error', () => {
  expect(() => readConfig({ database: 'mysql://weir:geheim@host/db' }, {})).toThrow(/^(?!.*geheim).*--database/)
})

test('the password in the address of a Maven repository is not repeated in its error', () => {
  expect(() => readConfig({ 'maven-repository': ['ftp://weir:geheim@host/maven'] }, {})).toThrow(
    /^(?!.*geheim).*--maven-repository/,
  )
})

test('jars come from Maven Central unless other repositories are named', () => {
  expect(readConfig({}, {}).mavenRepositories).toEqual(['https://repo1.maven.org/maven2/'])
  expect(readConfig({}, { WEIR_MAVEN_REPOSITORY: 'https://a/, https://b/' }).mavenRepositories).toEqual([
    'https://a/',
    'https://b/',
  ])
})

test('an unknown option in the file is refused, and the known ones are named', () => {
  expect(() => readConfig({ config: file('odd.yaml', 'lisen: 127.0.0.1:1\n') }, {})).toThrow(
    /unknown option "lisen"; known are listen/,
  )
})

test('IPv6 addresses are taken in brackets', () => {
  expect(readConfig({ listen: '[::1]:0' }, {}).listen).toEqual({ host: '::1', port: 0 })
})

test('every option has an environment variable and a description', () => {
  for (const option of configOptions) {
    expect(option.env).toMatch(/^WEIR_[A-Z_]+$/)
    expect(option.description.length).toBeGreaterThan(10)
  }
})

test('the names that callers may use are those in --listen and --pods-url, and what is allowed beside them', () => {
  const flags = {
    listen: 'weir.lan:8080',
    'pods-url': 'http://weir.weir.svc:8080',
    'allowed-host': [' Weir.Example.com '],
  }
  expect(readConfig(flags, {}).allowedHosts).toEqual(['weir.lan', 'weir.weir.svc', 'weir.example.com'])
  for (const name of ['https://weir.example.com', 'weir.example.com:443', 'a b', ''])
    expect(() => readConfig({ 'allowed-host': [name] }, {})).toThrow(/--allowed-host .*expected a name without http/)
})
