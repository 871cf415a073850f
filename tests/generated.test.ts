import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generatedTexts, STAMP, stampOf } from '../tools/generate.ts'

const committed = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8')
const AGAIN = 'it is out of date: npm run generate'

test('openapi.json and the error reference follow from the sources', async () => {
  for (const [path, text] of Object.entries(await generatedTexts())) {
    expect(committed(path) === text, `${path}: ${AGAIN}`).toBe(true)
  }
})

// The generator itself is not run here: it is not among the dependencies. `tools/generate.ts --check` does that.
test('the client was generated from that contract, by that generator, and nobody has edited it since', async () => {
  const texts = await generatedTexts()
  expect(JSON.parse(committed(STAMP)), AGAIN).toEqual(stampOf(texts['openapi.json'] ?? ''))
})
