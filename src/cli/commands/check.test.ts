import { expect, test } from 'vitest'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import type { Target } from '../nouns/row.ts'
import type { Condition } from '../nouns/targets.ts'
import { makeOutput } from '../output.ts'
import { printChecked } from './check.ts'

const condition = (type: string, status: Condition['status'], message: string): Condition => ({
  type,
  status,
  message,
  reason: 'R',
  since: '2026-01-01T00:00:00.000Z',
})

const REACHABLE = condition('Reachable', 'True', 'answers')
const RIGHTS = condition('Rights', 'False', 'may not create\nflinkdeployments')

function printed(conditions: Condition[], { tty = false, json = false, env = {} as Record<string, string> } = {}) {
  let text = ''
  const io = {
    env: { TERM: 'xterm', ...env },
    outTty: tty,
    out: (more: string) => void (text += more),
  } as unknown as Io
  const target: Target = {
    id: 'CLUSTER',
    name: 'prod',
    revision: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    status: { stale: false, kubernetesVersion: '1.31', flinkVersions: ['v1_18', 'v1_20'], conditions },
  }
  let error: unknown
  try {
    printChecked({ io, output: makeOutput(io, { json }) }, 'cluster', target)
  } catch (thrown) {
    error = thrown
  }
  return { text, error }
}

test('in a pipe a check is one line for each condition: type, status and message, separated by tabs', () => {
  expect(printed([REACHABLE])).toEqual({ text: 'Reachable\tTrue\tanswers\n', error: undefined })
})

test('a condition that is False makes exit code 1, named, after all of them are printed', () => {
  const { text, error } = printed([REACHABLE, RIGHTS])
  expect(text).toBe('Reachable\tTrue\tanswers\nRights\tFalse\tmay not create flinkdeployments\n')
  expect(error).toBeInstanceOf(CliError)
  const next = [expect.stringContaining('cluster check CLUSTER')]
  expect(error).toMatchObject({ exitCode: 1, message: 'cluster prod cannot be used as it is: Rights', next })
})

test('what sums up the others is not named beside them', () => {
  const ready = condition('Ready', 'False', 'may not')
  expect(printed([ready, RIGHTS]).error).toMatchObject({ message: 'cluster prod cannot be used as it is: Rights' })
  expect(printed([ready]).error).toMatchObject({ message: 'cluster prod cannot be used as it is: Ready' })
})

test('one that is Unknown is no failure', () => {
  expect(printed([condition('Operator', 'Unknown', 'was not looked for')]).error).toBeUndefined()
})

test('on a terminal there is a header, the version, and colour unless NO_COLOR', () => {
  const plain = printed([REACHABLE], { tty: true, env: { NO_COLOR: '1' } }).text
  expect(plain).toBe(
    'Kubernetes 1.31; its operator takes v1_18, v1_20\nTYPE       STATUS  MESSAGE\nReachable  True    answers\n',
  )
  const coloured = printed([REACHABLE, RIGHTS], { tty: true }).text
  expect(coloured).toContain('\u001b[32mTrue')
  expect(coloured).toContain('\u001b[31mFalse')
})

test('--json prints the target as the API has it, and still fails', () => {
  const { text, error } = printed([RIGHTS], { json: true })
  expect(JSON.parse(text)).toMatchObject({ id: 'CLUSTER', status: { conditions: [RIGHTS] } })
  expect(error).toMatchObject({ exitCode: 1 })
})
