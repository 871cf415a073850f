import { expect, test } from 'vitest'
import type { CatalogueRuntime } from './catalogue.ts'
import { CATALOGUE, flinkVersionOf, packagePinsOf, runtimeOf } from './catalogue.ts'

const runtimes = Object.keys(CATALOGUE) as CatalogueRuntime[]

test.each(runtimes)('%s stands for a version of its own minor with whole pins', (runtime) => {
  const version = flinkVersionOf(runtime)
  expect(runtimeOf(version)).toBe(runtime)
  const pins = packagePinsOf(version)
  expect(pins?.s3Plugin.version.split('.').slice(0, 2)).toEqual(version.split('.').slice(0, 2))
  for (const pin of [pins?.libraries, pins?.scripts, pins?.s3Plugin]) expect(pin?.sha256).toMatch(/^[0-9a-f]{64}$/)
})

test('no two pins are the same file', () => {
  const sums = Object.values(CATALOGUE).flatMap(({ packages }) => Object.values(packages).map((pin) => pin.sha256))
  expect(new Set(sums).size).toBe(sums.length)
})

test('versions that no runtime stands for have no runtime and no pins', () => {
  expect(runtimeOf('3.0.0')).toBeUndefined()
  expect(packagePinsOf('1.17.0')).toBeUndefined()
})
