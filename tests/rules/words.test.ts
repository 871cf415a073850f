import { describe, expect, test } from 'vitest'
import { bareCode, isTest, read, scripts } from './files.ts'

/** Each word of an identifier that has a better one: ARCHITECTURE.md, "Words", tells which means what. */
const WORDS: Record<string, string> = {
  place: 'target',
  places: 'targets',
  sight: 'observation',
  seen: 'observed',
  look: 'observe or inspect',
  looks: 'observes or inspects',
  looked: 'observed or inspected',
  ahead: 'blockedBy',
  flight: 'inFlight',
  flights: 'inFlight',
  fly: 'send',
  landed: 'settled',
  told: 'reported',
  recollection: 'tracking',
}

/** Identifiers in which the word means what it says, or that others have named. */
const MEANT = new Set([
  // One of the effects of a change, in the contract.
  'IN_PLACE',
  // The contract's name of the schema.
  'PlaceStatus',
  // Under way: the word for it.
  'inFlight',
  'shareInFlight',
])

/** A regular expression, whose words are those of messages. */
const EXPRESSION = /(?<=[(,=\s])\/(?:\\.|[^/\\\n])+\/[a-z]*/g

const wordsOf = (identifier: string): string[] =>
  identifier
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[ _$]/)
    .map((word) => word.toLowerCase())

describe('words', () => {
  test('one term for one thing: identifiers have the field’s words', () => {
    const wrong = scripts()
      .filter((path) => path !== 'tests/rules/words.test.ts')
      .flatMap((path) => {
        const names = new Set(
          bareCode(read(path))
            .replaceAll(EXPRESSION, '')
            .match(/[A-Za-z_$][\w$]*/g) ?? [],
        )
        return [...names]
          .filter((name) => !MEANT.has(name) && !name.startsWith('inFlight'))
          .flatMap((name) =>
            wordsOf(name).flatMap((word) => (Object.hasOwn(WORDS, word) ? [`${path}: ${name} (${WORDS[word]})`] : [])),
          )
      })
    expect(wrong).toEqual([])
  })
})

/** Where kinds are spelled: the list of them, and each room's own columns. */
const TABLES = [
  'src/domain/kinds.ts',
  'src/domain/resource.ts',
  'src/store/kinds.ts',
  'src/api/kinds.ts',
  'src/cli/tree.ts',
  /^src\/cli\/nouns\//,
]

/** Where the same word is another thing. */
const FIELDS: Record<string, string> = {
  'src/api/spec-checks.ts': 'a field of specs',
  'src/domain/artifact.ts': 'a field of specs',
  'src/flink/client.ts': 'a call of the client for Flink',
  'src/runtimes/kubernetes/drift.ts': 'a field of FlinkDeployments',
  'src/store/attempts.ts': 'columns of a table',
  'src/store/resources.ts': 'a column of a table',
  'src/cli/wait.ts': 'a field of what a command is about',
  'src/cli/quickstart/scenario.ts': 'one of each is made here',
}

test('kinds of resources are spelled in the tables only', () => {
  const spelled = /(?<![\w./-])'(?:session|job|application)'(?![\w./-])/
  const isTable = (path: string): boolean =>
    TABLES.some((table) => (typeof table === 'string' ? table === path : table.test(path)))
  const wrong = scripts()
    .filter((path) => path.startsWith('src/') && !isTest(path) && !path.endsWith('.fixture.ts'))
    .filter((path) => !/^src\/store\/(guarantees|migrations)\//.test(path))
    .filter((path) => !isTable(path) && !Object.hasOwn(FIELDS, path))
    .flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => (spelled.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 100)}`] : [])),
    )
  expect(wrong).toEqual([])
})
