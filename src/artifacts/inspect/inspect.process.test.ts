import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildJar } from '../../../tools/java.ts'
import { parseClassFile } from './class-file.ts'
import { inspectJar } from './inspect.ts'
import { type ZipPart, zipOf } from './zip.fixture.ts'

const run = promisify(execFile)
let folder: string
/** Built for Java 11. */
let built: string

const MAIN = 'public static void main(String[] args)'
const SOURCES: Record<string, string> = {
  'dev/acme/Orders.java':
    `package dev.acme; public class Orders {
    static final long BIG = 1L << 40; static final double D = 0.1; final Runnable r = new Runnable() { public void ` +
    `run() { } };
    ${MAIN} { Runnable run = () -> System.out.println(BIG + D); run.run(); }
    public static class Nested { ${MAIN} { } } }`,
  'dev/acme/Varargs.java': 'package dev.acme; public interface Varargs { public static void main(String... args) { } }',
  'dev/acme/Hidden.java': `package dev.acme; class Hidden { ${MAIN} { } }`,
  'dev/acme/NoArguments.java': 'package dev.acme; public class NoArguments { public static void main() { } }',
  'dev/acme/NotStatic.java': 'package dev.acme; public class NotStatic { public void main(String[] args) { } }',
  'dev/acme/NotPublic.java': 'package dev.acme; public class NotPublic { static void main(String[] args) { } }',
  'dev/acme/Answers.java':
    'package dev.acme; public class Answers { public static int main(String[] args) { return 1; } }',
  'org/joda/Tool.java': `package org.joda; public class Tool { ${MAIN} { } }`,
}

async function build(name: string, sources: Record<string, string>, release = '11'): Promise<string> {
  const from = join(folder, name)
  await write(from, sources)
  return buildJar({ folder: from, name, what: 'the test', release }, { out: join(folder, 'jars') })
}

async function write(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

/** A copy of the jar with more files in it, as the JDK's own tool puts them there. */
async function withFiles(
  jar: string,
  name: string,
  files: Record<string, string>,
  ...options: string[]
): Promise<string> {
  const [root, copy] = [join(folder, `${name}-files`), join(folder, `${name}.jar`)]
  await mkdir(root)
  await write(root, files)
  await copyFile(jar, copy)
  await run('jar', ['--update', '--file', copy, ...options, '-C', root, '.'])
  return copy
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-inspect-'))
  built = await build('orders', SOURCES)
}, 60_000)

afterAll(() => rm(folder, { recursive: true }))

test('public classes that can be started are found, those of libraries last; nothing is made up', async () => {
  const inspected = await inspectJar(built)
  expect(inspected).toEqual({
    entries: expect.any(Number),
    classes: 10,
    entryClasses: ['dev.acme.Orders', 'dev.acme.Orders$Nested', 'dev.acme.Varargs', 'org.joda.Tool'],
    javaRelease: 11,
    connectors: [],
    bundlesFlink: [],
    signed: false,
    signers: [],
  })
})

test('the newest class tells the Java release, but not those for newer Java versions only, nor a module', async () => {
  const newer = await build(
    'newer',
    { 'dev/acme/A.java': 'package dev.acme; class A { }', 'module-info.java': 'module acme { }' },
    '17',
  )
  expect(await inspectJar(newer)).toMatchObject({ javaRelease: 17, entryClasses: [] })
  const classes = join(folder, 'both')
  await mkdir(join(classes, 'META-INF/versions/17'), { recursive: true })
  await run('jar', ['--extract', '--file', newer], { cwd: join(classes, 'META-INF/versions/17') })
  const both = join(folder, 'both.jar')
  await copyFile(built, both)
  await run('jar', ['--update', '--file', both, '-C', classes, 'META-INF/versions/17/dev'])
  expect(await inspectJar(both)).toMatchObject({ javaRelease: 11, classes: 10 })
})

test('the manifest tells main class and class path, also where its lines are folded', async () => {
  const manifest = join(folder, 'manifest.txt')
  const long = `dev.acme.${'long.'.repeat(20)}Main`
  await writeFile(manifest, `program-class: dev.acme.Orders\nClass-Path: a.jar lib/b.jar\n`)
  const jar = await withFiles(built, 'told', {}, '--manifest', manifest, '--main-class', long)
  expect(await inspectJar(jar)).toMatchObject({
    mainClass: long,
    programClass: 'dev.acme.Orders',
    classPath: ['a.jar', 'lib/b.jar'],
  })
})

const pom = (version: string, more = ''): string =>
  `<?xml version="1.0"?><project><!-- <version>0</version> -->
  <parent><groupId>acme</groupId><artifactId>all</artifactId><version>3.1</version></parent>
  <artifactId>orders</artifactId>
  <properties><flink.version>${version}</flink.version>` +
  `<flink>\${flink.version}</flink><loop>\${loop}</loop></properties>
  <dependencies><dependency><groupId>org.apache.flink</groupId>` +
  `<artifactId>flink-streaming-java</artifactId><version>\${flink}</version>
    <scope>provided</scope></dependency>${more}</dependencies></project>`

const properties = (version: string): string => `artifactId=x\ngroupId=y\nversion=${version}\n`

const connector = { 'META-INF/maven/org.apache.flink/flink-connector-kafka/pom.properties': properties('3.3.0-1.19') }
const dependency = (version: string): string =>
  `<dependency><groupId>org.apache.flink</groupId><artifactId>flink-clients</artifactId>` +
  `<version>${version}</version></dependency>`

test.each<[string, Record<string, string>, { flinkVersion?: string; flinkVersionFrom?: string }]>([
  [
    'its own pom, before all that it bundles',
    {
      'META-INF/maven/acme/orders/pom.xml': pom('1.17.2'),
      'META-INF/maven/x/y/pom.xml': pom('1.20.0'),
      ...connector,
    },
    { flinkVersion: '1.17.2', flinkVersionFrom: 'META-INF/maven/acme/orders/pom.xml' },
  ],
  [
    'what it bundles of Flink',
    { 'META-INF/maven/org.apache.flink/flink-core/pom.properties': properties('1.18.1'), ...connector },
    { flinkVersion: '1.18.1', flinkVersionFrom: 'META-INF/maven/org.apache.flink/flink-core/pom.properties' },
  ],
  [
    'a connector for one version of it',
    connector,
    { flinkVersion: '1.19', flinkVersionFrom: 'META-INF/maven/org.apache.flink/flink-connector-kafka/pom.properties' },
  ],
  [
    'nothing where what it bundles contradicts itself',
    {
      'META-INF/maven/a/b/pom.xml': pom('1.17.2'),
      'META-INF/maven/x/y/pom.xml': pom('1.20.0'),
    },
    {},
  ],
  [
    'nothing where the version is in another pom, a range or a circle',
    {
      'META-INF/maven/acme/orders/pom.xml': pom(
        '${elsewhere}',
        dependency('[1.17,1.18)') + dependency('${loop}') + dependency(''),
      ),
    },
    {},
  ],
  [
    'nothing by a pom that is cut off',
    { 'META-INF/maven/acme/orders/pom.xml': '<project><dependency>'.repeat(1000) + '<!--' },
    {},
  ],
])('the version of Flink is told by %s', async (_, files, expected) => {
  const parts = Object.entries(files).map(([path, data]): ZipPart => ({ name: path, data, deflate: true }))
  const jar = join(folder, 'orders-1.0.jar')
  await writeFile(jar, zipOf(parts))
  const { flinkVersion, flinkVersionFrom } = await inspectJar(jar)
  expect({ flinkVersion, flinkVersionFrom }).toEqual({
    flinkVersion: undefined,
    flinkVersionFrom: undefined,
    ...expected,
  })
})

test('a pom that is made to take long is read in no time', async () => {
  const jar = join(folder, 'orders.jar')
  const doublings = Array.from({ length: 9 }, (_, n) => `<a${n}>${`\${a${n + 1}}`.repeat(25)}</a${n}>`)
  const hostile = [
    '<dependency>'.repeat(80_000),
    '<version>'.repeat(100_000),
    `<version>${' '.repeat(900_000)}`,
    '<!--'.repeat(200_000),
    `<properties>${doublings.join('')}</properties>${dependency('${a0}')}`,
  ]
  await writeFile(
    jar,
    zipOf(hostile.map((data, n) => ({ name: `META-INF/maven/a/b${n}/pom.xml`, data, deflate: true }))),
  )
  expect((await inspectJar(jar)).flinkVersion).toBeUndefined()
}, 5_000)

test('connectors are told by Maven, by their packages, and by the factories for tables', async () => {
  const jar = await withFiles(
    await build('connectors', {
      'org/apache/flink/connector/kafka/Source.java': 'package org.apache.flink.connector.kafka; class Source { }',
      'org/apache/flink/connector/base/Base.java': 'package org.apache.flink.connector.base; class Base { }',
      'org/apache/flink/connector/jdbc/Sink.java': 'package org.apache.flink.connector.jdbc; class Sink { }',
    }),
    'with-connectors',
    {
      ...connector,
      'META-INF/services/org.apache.flink.table.factories.Factory':
        '# comment\ncom.ververica.cdc.connectors.mysql.table.MySqlTableSourceFactory\ndev.acme.AcmeTableFactory # ' +
        'ours\ndev.acme.CatalogFactory\n',
    },
  )
  expect((await inspectJar(jar)).connectors).toEqual([
    { name: 'dev.acme.AcmeTableFactory' },
    { name: 'flink-connector-kafka', version: '3.3.0-1.19' },
    { name: 'jdbc' },
    { name: 'mysql' },
  ])
})

test("Flink's own classes in it are told by package, a connector's are not", async () => {
  const jar = await build('fat', {
    'org/apache/flink/runtime/jobgraph/X.java': 'package org.apache.flink.runtime.jobgraph; class X { }',
    'org/apache/flink/streaming/api/Y.java': 'package org.apache.flink.streaming.api; class Y { }',
    'org/apache/flink/connector/kafka/Source.java': 'package org.apache.flink.connector.kafka; class Source { }',
  })
  expect(await inspectJar(jar)).toMatchObject({
    bundlesFlink: ['org.apache.flink.runtime', 'org.apache.flink.streaming.api'],
    connectors: [{ name: 'kafka' }],
  })
})

test('a signed jar says by which files', async () => {
  const [store, jar] = [join(folder, 'keys.p12'), join(folder, 'signed.jar')]
  const secret = ['-keystore', store, '-storepass', 'changeit']
  await run('keytool', ['-genkeypair', '-alias', 'acme', '-keyalg', 'EC', '-dname', 'CN=acme', ...secret])
  await copyFile(built, jar)
  expect(await inspectJar(jar)).toMatchObject({ signed: false, signers: [] })
  await run('jarsigner', [...secret, jar, 'acme'])
  expect(await inspectJar(jar)).toMatchObject({
    signed: true,
    signers: ['META-INF/ACME.EC'],
    entryClasses: expect.arrayContaining(['dev.acme.Orders']),
  })
})

test('beyond the budget classes are not unpacked, and their release is told all the same', async () => {
  expect(await inspectJar(built, { classBytes: 0 })).toMatchObject({ entryClasses: [], javaRelease: 11, classes: 10 })
})

test('a class file that ends anywhere is none, and never an error', async () => {
  const classes = join(folder, 'classes')
  await mkdir(classes)
  await run('jar', ['--extract', '--file', built, 'dev/acme/Orders.class'], { cwd: classes })
  const bytes = await readFile(join(classes, 'dev/acme/Orders.class'))
  expect(parseClassFile(bytes)).toMatchObject({
    name: 'dev.acme.Orders',
    majorVersion: 55,
    hasMain: true,
    isPublic: true,
  })
  for (let length = 0; length < bytes.length - 60; length += 7) parseClassFile(bytes.subarray(0, length))
  for (let at = 8; at < bytes.length; at += 3) {
    const damaged = Buffer.from(bytes)
    damaged[at] = 0xff
    parseClassFile(damaged)
  }
  expect(parseClassFile(bytes.subarray(0, 40))).toBeUndefined()
  expect(parseClassFile(Buffer.from('no class'))).toBeUndefined()
})
