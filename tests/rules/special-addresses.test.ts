import { expect, test } from 'vitest'
import { NAT64, PROVIDER_RANGES, SPECIAL_RANGES } from '../../src/artifacts/special-addresses.ts'
import { read } from './files.ts'

const JAVA = read('helpers/src/dev/weir/files/Addresses.java')

const listed = (name: string): string[] => {
  const [, list = ''] = new RegExp(`String\\[\\] ${name} = \\{([^}]*)\\}`).exec(JAVA) ?? []
  return [...list.matchAll(/"([^"]+)"/g)].map(([, range]) => range ?? '')
}

test('the program in helpers/ refuses the addresses that the server refuses', () => {
  expect(listed('SPECIAL')).toEqual(SPECIAL_RANGES.map(({ range }) => range))
  expect(listed('PROVIDERS')).toEqual(PROVIDER_RANGES.map(({ range }) => range))
  expect(JAVA).toContain(`NAT64 = "${NAT64}"`)
})
