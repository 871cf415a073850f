import { expect, test } from 'vitest'
import { CATALOGUE } from './catalogue.ts'
import { javaConcern, OLDEST_JAVA, preferredJava, TESTED_JAVA } from './java-releases.ts'

test.each([
  ['1.17.1', [11, 17]],
  ['1.18.1', [17, 11]],
  ['1.20.5', [17, 11]],
  ['2.0.2', [17, 11, 21]],
  ['2.3.0', [17, 11, 21]],
])('of the releases that Flink %s is documented for the one that is tested comes first', (version, releases) => {
  expect(preferredJava(version)).toEqual(releases)
})

test('a release that the documentation names, experimental or not, is no concern', () => {
  for (const { version, java } of Object.values(CATALOGUE)) {
    for (const release of [...java.supported, ...java.experimental]) {
      expect(javaConcern(version, release)).toBeUndefined()
      expect(release).toBeGreaterThanOrEqual(OLDEST_JAVA)
    }
  }
})

test('one that it does not name is told, with what is tested or what to install', () => {
  expect(javaConcern('1.17.1', TESTED_JAVA)).toEqual({
    tested: true,
    message: "Flink 1.17.1 officially supports Java 11, not 17; it works in Weir's own tests",
  })
  expect(javaConcern('2.3.0', 25)).toEqual({
    tested: false,
    message: 'Flink 2.3.0 officially supports Java 11, 17, 21, not 25: run it with Java 17 instead',
  })
})

test('nothing is said of a Flink that Weir does not know', () => {
  expect(javaConcern('3.0.0', 25)).toBeUndefined()
  expect(preferredJava('3.0.0')).toEqual([TESTED_JAVA])
})
