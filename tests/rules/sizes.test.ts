import { describe, expect, test } from 'vitest'
import { production, read, scripts } from './files.ts'

/** 250 lines are long, 400 a smell; at 500 a file is two files. */
const LONGEST = 500
/** What most files keep to; a little over is let pass so that one file does not stop everybody. */
const MEDIAN = 90
const P90 = 260
const WIDEST = 120
/** A message, a test's name or an expression stays in one piece, so that a search finds it: only what is around it counts. */
const PIECES = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`?|^[^`]*`$|\/(?:\\.|[^/\\\s])(?:\\.|[^/\\])*\/[a-z]*/g

const lineCount = (path: string): number => read(path).trimEnd().split('\n').length

describe('sizes', () => {
  const lengths = production()
    .map(lineCount)
    .sort((a, b) => a - b)
  const quantile = (part: number): number => lengths[Math.floor((lengths.length - 1) * part)] ?? 0

  test(`no file has ${LONGEST} lines`, () => {
    expect(
      scripts()
        .map((path) => ({ path, lines: lineCount(path) }))
        .filter(({ lines }) => lines >= LONGEST),
    ).toEqual([])
  })

  test(`half of the production files have at most ${MEDIAN} lines, nine in ten at most ${P90}`, () => {
    expect({ median: quantile(0.5), p90: quantile(0.9) }).toEqual({
      median: Math.min(quantile(0.5), MEDIAN),
      p90: Math.min(quantile(0.9), P90),
    })
  })

  test(`no line is wider than ${WIDEST} characters`, () => {
    const wide = scripts().flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) =>
          line.length > WIDEST && line.replaceAll(PIECES, '').length > WIDEST
            ? [`${path}:${index + 1} (${line.length})`]
            : [],
        ),
    )
    expect(wide).toEqual([])
  })
})
