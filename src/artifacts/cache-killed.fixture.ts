/**
 * A process that takes one file after the other into a small cache, until it is killed: `node cache-killed.fixture.ts
 * FOLDER`.
 */
import { join } from 'node:path'
import { owner } from './cache.fixture.ts'
import { createFileCache } from './cache.ts'

const [folder = ''] = process.argv.slice(2)
const cache = createFileCache({ folder: join(folder, 'files'), maxBytes: 3_000_000 })
for (let round = 0; ; round++) {
  // Another version each time, so that there is always something on its way; two at once, so that one is late.
  await Promise.all(
    [0, 1].map((lane) => {
      const key = String((round + lane) % 5)
      return cache.take(
        owner(Buffer.alloc(700_000, `${key} ${round} `), { key, validator: `${round}` }),
        join(folder, 'placed', key),
      )
    }),
  )
  process.stdout.write(`${round}\n`)
}
