import { check } from 'recheck'
import { describe, expect, test } from 'vitest'
import { type Expression, serverExpressions } from './expressions.ts'
import { read } from './files.ts'

/** Found to be linear before, which takes a minute for all: what is not in there is looked at here. */
const known = new Set<string>(JSON.parse(read('tests/rules/expressions.json')) as string[])

/** What is wrong with it, and the text that shows it; undefined where its time is linear in the length of the text. */
async function problem({ text, pattern, flags, where }: Expression): Promise<string | undefined> {
  const found = await check(pattern, flags, { timeout: 60_000 })
  if (found.status === 'safe') return undefined
  const why = found.status === 'vulnerable' ? `${found.complexity.summary}: ${found.attack.pattern}` : found.error.kind
  return `${where}: ${text} ${why}`
}

describe('regular expressions', () => {
  const all = serverExpressions()

  test('those that the server uses take time that is linear in the text, whatever it is', async () => {
    const problems: (string | undefined)[] = []
    for (const expression of all.filter(({ text }) => !known.has(text))) problems.push(await problem(expression))
    expect(problems.filter((each) => each !== undefined)).toEqual([])
  }, 120_000)

  test('those that have been looked at are still there', () => {
    const used = new Set(all.map(({ text }) => text))
    expect([...known].filter((text) => !used.has(text))).toEqual([])
  })

  test('one that takes quadratic time is found', async () => {
    const quadratic = { text: '', pattern: '\\/+$', flags: '', where: 'here' }
    expect(await problem(quadratic)).toContain("2nd degree polynomial: '/'.repeat(")
  })
})
