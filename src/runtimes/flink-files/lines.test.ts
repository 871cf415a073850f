import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLine, writeLine } from './lines.ts'

test('whatever is in the fields of a line, one line goes out and the same fields come back', () => {
  const letters = fc.oneof(fc.constantFrom('\\', '\t', '\n', '\r', 'n', 't', 'ü', '😀'), fc.string())
  fc.assert(
    fc.property(
      fc.array(
        fc.array(letters).map((parts) => parts.join('')),
        { minLength: 1 },
      ),
      (fields) => {
        const line = writeLine(fields)
        expect(line.slice(0, -1)).not.toMatch(/[\n\r]/)
        expect(readLine(line.slice(0, -1))).toEqual(fields)
      },
    ),
  )
})
