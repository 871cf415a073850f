import { expect, test } from 'vitest'
import { CODES, codeOf, StoreError, storeErrorIn, translated, translatedOfCommit } from './errors.ts'

const coded = (code: string, message = 'what the driver said') => Object.assign(new Error(message), { code })

test.each([
  ['57P03', 'UNAVAILABLE', 'WAIT'],
  ['57P01', 'UNAVAILABLE', 'WAIT'],
  ['53300', 'UNAVAILABLE', 'WAIT'],
  ['08006', 'UNAVAILABLE', 'WAIT'],
  ['ENOTFOUND', 'UNAVAILABLE', 'WAIT'],
  ['SQLITE_IOERR_WRITE', 'UNAVAILABLE', 'WAIT'],
  ['53100', 'DISK_FULL', 'WAIT'],
  ['SQLITE_FULL', 'DISK_FULL', 'WAIT'],
  ['25006', 'READ_ONLY', 'WAIT'],
  ['SQLITE_READONLY_DBMOVED', 'READ_ONLY', 'WAIT'],
  ['SQLITE_BUSY', 'LOCKED', 'WAIT'],
  ['40001', 'CONFLICT', 'WAIT'],
  ['57014', 'TIMEOUT', 'WAIT'],
  ['28P01', 'REFUSED', 'END'],
  ['3D000', 'REFUSED', 'END'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'REFUSED', 'END'],
  ['SQLITE_CORRUPT_INDEX', 'DAMAGED', 'END'],
  ['SQLITE_NOTADB', 'DAMAGED', 'END'],
] as const)('%s is %s, with which a server that starts does: %s', (driver, code, starting) => {
  const error = translated(coded(driver), 'the database')
  expect([codeOf(error), CODES[code].starting]).toEqual([code, starting])
  expect(String(error)).toContain('the database')
})

test('what says nothing about the machine stays what it is: a defect', () => {
  for (const code of ['SQLITE_CONSTRAINT_UNIQUE', '23505', '42601', 'ENOENT']) {
    const error = coded(code)
    expect(translated(error, 'the database')).toBe(error)
  }
})

test('only what leaves it open whether a commit happened is called unknown', () => {
  const codes = ['08006', '57P01', 'SQLITE_IOERR_FSYNC', '40001', 'SQLITE_FULL', '25006']
  expect(codes.map((code) => codeOf(translatedOfCommit(coded(code), 'the database')))).toEqual([
    'OUTCOME_UNKNOWN',
    'OUTCOME_UNKNOWN',
    'OUTCOME_UNKNOWN',
    'CONFLICT',
    'DISK_FULL',
    'READ_ONLY',
  ])
})

test('the store is blamed for its own errors only, however they are wrapped', () => {
  const own = new StoreError('UNAVAILABLE', 'away')
  expect(storeErrorIn(new Error('a', { cause: new Error('b', { cause: own }) }))).toBe(own)
  expect(storeErrorIn(new Error('a', { cause: coded('ECONNREFUSED') }))).toBeUndefined()
})
