import { expect, test } from 'vitest'
import { CliError, exitCodeOf, formatError, pasteable, selfCommand, shellWord } from './errors.ts'

test.for([
  [400, 2],
  [401, 4],
  [403, 4],
  [404, 3],
  [409, 5],
  [412, 5],
  [413, 2],
  [415, 2],
  [422, 2],
  [429, 6],
  [500, 1],
  [503, 6],
  [507, 1],
] as const)('status %s exits with %s', ([status, code]) => {
  expect(exitCodeOf(status)).toBe(code)
})

test('words that a shell would take apart are quoted', () => {
  expect(['demo', 'two words', '$HOME', 'a=b'].map(shellWord)).toEqual(['demo', "'two words'", "'$HOME'", 'a=b'])
  expect(shellWord("it's")).toBe("'it'\\''s'")
  expect(shellWord("it's\na \\")).toBe(String.raw`$'it\'s\na \\'`)
  expect(shellWord('\u001b[2J')).toBe(String.raw`$'\u001b[2J'`)
})

test('a next command is about the same server, and remarks stay behind it', () => {
  const flags = ['--data-dir', '/with space']
  expect(pasteable('weir session list', flags, 'weir')).toBe("weir session list --data-dir '/with space'")
  expect(pasteable('weir session delete X --cascade   (deletes its jobs too)', flags, 'weir')).toBe(
    "weir session delete X --cascade --data-dir '/with space'   (deletes its jobs too)",
  )
})

test('help, other programs and commands without a server carry no flags', () => {
  for (const line of ['weir session create --help   (shows a body)', 'export WEIR_TOKEN=...', 'weir up']) {
    expect(pasteable(line, ['--url', 'http://h'], 'weir')).toBe(line)
  }
})

test('in a clone the next command is the npm script', () => {
  expect(selfCommand('file:///clone/src/cli/errors.ts')).toBe('npm run -s weir --')
  expect(selfCommand('file:///lib/node_modules/weir/dist/cli/errors.js')).toBe('weir')
})

test('message, details and every next step stand on lines of their own', () => {
  const text = formatError(new CliError(1, 'it broke', { details: ['because'], next: ['weir session list', 'reboot'] }))
  expect(text.replaceAll(selfCommand(), 'weir')).toBe(
    'weir: it broke\n  because\n  next: weir session list\n    or: reboot\n',
  )
})
