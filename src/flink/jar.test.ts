import { expect, test } from 'vitest'

import { emptyJar } from './jar.ts'

test('the empty jar is always the same, so that its name can say what is in it', () => {
  expect(Buffer.from(emptyJar()).equals(Buffer.from(emptyJar()))).toBe(true)
  expect(emptyJar()).toHaveLength(163)
})
