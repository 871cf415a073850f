import { expect, test } from 'vitest'
import { NOUNS, OTHERS, SERVERS } from '../../src/cli/tree.ts'
import { runWeir } from '../support/cli.ts'

const commands = [
  ...[...SERVERS, ...OTHERS].map((leaf) => leaf.name),
  ...NOUNS.flatMap((noun) => noun.verbs.map((verb) => `${noun.name} ${verb.name}`)),
]

test.for(commands)('%s has help with examples that fits a terminal', async (command) => {
  const { code, out, err } = await runWeir([...command.split(' '), '--help'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain(`Usage: weir ${command}`)
  expect(out).toContain('Examples:\n')
  expect(out.split('\n').filter((line) => line.length > 120)).toEqual([])
})

test.for(commands)('the examples of %s have flags that exist', async (command) => {
  const { out } = await runWeir([...command.split(' '), '--help'])
  const lines = out
    .slice(out.indexOf('Examples:'))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('weir '))
  for (const line of lines) {
    const words = (/^weir (.*?)(?: {3,}|$)/.exec(line)?.[1] ?? '')
      .split(' ')
      .filter((word) => word !== '|' && word !== '')
    const used = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? '')
    const end = words.indexOf('--')
    const flags = end < 0 ? used : used.filter((word) => words.indexOf(word) < end)
    const named = commands.find((one) => words.join(' ').startsWith(one)) ?? ''
    const help = (await runWeir([...named.split(' '), '--help'])).out
    expect(
      flags.filter((flag) => !help.includes(flag)),
      line,
    ).toEqual([])
  }
})

test('weir --help names every command', async () => {
  const { out } = await runWeir(['--help'])
  for (const name of [...SERVERS, ...OTHERS, ...NOUNS].map((entry) => entry.name))
    expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'))
})

test('help VERB is the same as VERB --help', async () => {
  expect(await runWeir(['help', 'session', 'create'])).toEqual(await runWeir(['session', 'create', '--help']))
})

test('exit codes and environment have a page each', async () => {
  expect((await runWeir(['help', 'exit-codes'])).out).toMatch(/^ {2}7 {4}--timeout/m)
  expect((await runWeir(['help', 'environment'])).out).toContain('WEIR_TOKEN')
})
