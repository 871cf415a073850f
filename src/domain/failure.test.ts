import { expect, test } from 'vitest'
import { Failure } from './failure.ts'

test('a failure that quotes nothing ends without a colon', () => {
  expect(new Failure('INTERNAL', `The cluster could not be launched: ${new Error('').message}`).message).toBe(
    'The cluster could not be launched',
  )
})
