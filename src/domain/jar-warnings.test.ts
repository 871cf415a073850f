import { expect, test } from 'vitest'
import type { JarInspection } from './jar.ts'
import { clashWarning, jarWarnings, nearestClasses } from './jar-warnings.ts'

const PLAIN: JarInspection = {
  entries: 3,
  classes: 2,
  entryClasses: [],
  connectors: [],
  bundlesFlink: [],
  signed: false,
  signers: [],
}
const USE = { flinkVersion: '1.17.1', javaMajor: 17 }
const warn = (inspection: Partial<JarInspection>, use = {}): string[] =>
  jarWarnings('job.jar', { ...PLAIN, ...inspection }, { ...USE, ...use })

test.each<Partial<JarInspection>>([
  {},
  { javaRelease: 17, flinkVersion: '1.17.2' },
  { javaRelease: 8, flinkVersion: '1.17' },
  { signed: true, signers: ['META-INF/A.RSA'] },
  { connectors: [{ name: 'flink-connector-kafka', version: '3.0.0-1.17' }] },
])('nothing is said where nothing follows: %o', (inspection) => {
  expect(warn(inspection)).toEqual([])
})

test('classes for a newer Java are told with what to compile for', () => {
  expect(warn({ javaRelease: 21 })).toEqual([
    "job.jar holds classes for Java 21, and this cluster runs on Java 17, which can't load them. " +
      'Compile it for Java 17 (--release 17), or have the server use Java 21.',
  ])
  expect(jarWarnings('job.jar', { ...PLAIN, javaRelease: 21 }, { flinkVersion: '1.17.1' })).toEqual([])
})

test('another Flink is told, another major version with more force', () => {
  const [minor] = warn({ flinkVersion: '1.20.0', flinkVersionFrom: 'META-INF/maven/a/b/pom.xml' })
  expect(minor).toMatch(/built against Flink 1\.20\.0 \(as its META-INF\/maven\/a\/b\/pom\.xml says\).*may be missing/)
  expect(minor).toMatch(/Build it against 1\.17, or choose the runtime FLINK_1_20\.$/)
  expect(warn({ flinkVersion: '2.0.0' })[0]).toMatch(/moved or removed.*FLINK_2_0/)
})

test("Flink's own classes are told once, whichever way they were found", () => {
  const clashes = [
    { jar: 'job.jar', with: 'flink-dist-1.17.1.jar', count: 812, example: 'org/apache/flink/core/X.class' },
  ]
  const all = ['core', 'runtime', 'client', 'configuration'].map((name) => `org.apache.flink.${name}`)
  expect(warn({ bundlesFlink: all }, { clashes })).toEqual([
    expect.stringMatching(
      new RegExp(
        "bundles Flink's own classes " +
          '\\(org\\.apache\\.flink\\.core, org\\.apache\\.flink\\.runtime, org\\.apache\\.flink\\.client and 1 more\\).*"provided"',
      ),
    ),
  ])
  expect(warn({}, { clashes })[0]).toMatch(
    new RegExp(
      'holds 812 classes, such as org/apache/flink/core/X\\.class, ' +
        "that Flink's flink-dist-1\\.17\\.1\\.jar has too;.*Leave them out",
    ),
  )
})

test('one class that clashes is named, and nothing is said of none', () => {
  expect(
    clashWarning('job.jar', [{ jar: 'job.jar', with: 'log4j.jar', count: 1, example: 'org/log4j/Logger.class' }]),
  ).toMatch(/^job\.jar holds org\/log4j\/Logger\.class, which Flink's log4j\.jar has too/)
  expect(clashWarning('job.jar', [])).toBeUndefined()
})

test.each<[string, string[]]>([
  ['dev.acme.old.Orders', ['dev.acme.Orders', 'com.other.Orders', 'dev.acme.Order']],
  ['Orders', ['dev.acme.Orders', 'com.other.Orders', 'dev.acme.Order']],
  ['dev.acme.Oders', ['dev.acme.Orders', 'com.other.Orders', 'dev.acme.Order']],
  ['dev.acme.orders', ['dev.acme.Orders', 'com.other.Orders', 'dev.acme.Order']],
  ['dev.acme.SomethingElse', []],
])('nearest to %s come %o', (wanted, nearest) => {
  expect(
    nearestClasses(wanted, [
      'com.other.Orders',
      'dev.acme.Order',
      'dev.acme.Orders',
      'dev.acme.Payments',
      'dev.acme.Orders',
    ]),
  ).toEqual(nearest)
})
