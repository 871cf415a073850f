import { expect, test } from 'vitest'
import { bareCode, production, read } from './files.ts'

/** An error event that nobody listens for ends the process: the end of a database connection is none of its reasons. */
test('every connection to a database, and every pool, has a listener for its errors', () => {
  const made = production().flatMap((path) =>
    [...bareCode(read(path)).matchAll(/(?:const|let) (\w+) = new pg\.(Client|Pool)\(/g)].map(([, name = '', type]) => ({
      path,
      name,
      type,
      code: read(path),
    })),
  )
  expect(made.map(({ type }) => type).toSorted()).toEqual(['Client', 'Pool'])
  const deaf = made.filter(({ name, type, code }) => {
    const own = new RegExp(`\\b${name}\\.on\\(\\W*error`)
    // A connection that the pool has lent has no listener of the pool's.
    const lent = new RegExp(`\\b${name}\\.on\\(\\W*connect\\W+\\(client\\) => client\\.on\\(\\W*error`)
    return !own.test(code) || (type === 'Pool' && !lent.test(code))
  })
  expect(deaf.map(({ path, name }) => `${path}: ${name}`)).toEqual([])
})
