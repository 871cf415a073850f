import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'

import { composeLog4j } from './logging.ts'

/** The last line of a key wins, as in every properties file. */
const effective = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => {
        const at = line.indexOf('=')
        return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
      }),
  )

const FRAGMENT = [
  'rootLogger.level = WARN',
  'rootLogger.appenderRef.console.ref = ConsoleAppender',
  'rootLogger.appenderRef.rolling.ref = RollingFileAppender',
].join('\n')

test('a configuration that names appenders without defining them logs', () => {
  expect(effective(composeLog4j(FRAGMENT))).toMatchObject({
    'rootLogger.level': 'WARN',
    'appender.rolling.name': 'RollingFileAppender',
    'appender.rolling.fileName': '${sys:log.file}',
    'appender.console.type': 'Null',
  })
})

test('without a configuration everything from INFO on goes to the log file', () => {
  expect(effective(composeLog4j(undefined))).toMatchObject({
    'rootLogger.level': '${env:ROOT_LOG_LEVEL:-INFO}',
    'rootLogger.appenderRef.rolling.ref': 'RollingFileAppender',
    'appender.rolling.type': 'RollingFile',
  })
})

test('a level alone logs', () => {
  expect(effective(composeLog4j('logger.mine.name = com.example\nlogger.mine.level = DEBUG'))).toMatchObject({
    'rootLogger.level': '${env:ROOT_LOG_LEVEL:-INFO}',
    'rootLogger.appenderRef.rolling.ref': 'RollingFileAppender',
    'appender.rolling.name': 'RollingFileAppender',
    'logger.mine.level': 'DEBUG',
  })
})

test('a configuration that defines its appenders keeps them', () => {
  const whole = [
    'rootLogger.level = INFO',
    'rootLogger.appenderRef.mine.ref = Mine',
    'appender.mine.name = Mine',
    'appender.mine.type = Console',
    'appender.mine.layout.type = PatternLayout',
  ].join('\n')
  const lines = effective(composeLog4j(whole))
  expect(lines).toMatchObject(effective(whole))
  expect(Object.keys(lines).filter((key) => key.startsWith('appender.') && !key.startsWith('appender.mine'))).toEqual(
    [],
  )
})

test("the caller's console appender takes the place of the silent one", () => {
  expect(effective(composeLog4j(`${FRAGMENT}\nappender.console.type = Console`))['appender.console.type']).toBe(
    'Console',
  )
})

test('an appender that nobody knows goes nowhere, and the log is written all the same', () => {
  const lines = effective(composeLog4j('rootLogger.level = INFO\nrootLogger.appenderRef.x.ref = Kafka'))
  expect(lines).toMatchObject({
    'appender.missing0.name': 'Kafka',
    'appender.missing0.type': 'Null',
    'appender.rolling.name': 'RollingFileAppender',
  })
})

describe('where the console is what people read', () => {
  const SMALL = { console: 'STDOUT', fileMegabytes: 10, files: 2 } as const

  test.each([
    ['no configuration', undefined],
    ['a level alone', 'rootLogger.level = WARN'],
    ['a fragment that names both', FRAGMENT],
    ['an appender that nobody knows', 'rootLogger.level = INFO\nrootLogger.appenderRef.x.ref = Kafka'],
  ])('%s logs to standard output and to a small file', (_, caller) => {
    const lines = effective(composeLog4j(caller, SMALL))
    expect(lines).toMatchObject({
      'appender.console.name': 'ConsoleAppender',
      'appender.console.type': 'Console',
      'appender.console.target': 'SYSTEM_OUT',
      'appender.rolling.fileName': '${sys:log.file}',
      'appender.rolling.policies.size.size': '10MB',
      'appender.rolling.strategy.max': '2',
    })
    expect(lines['appender.console.layout.pattern']).toBe(lines['appender.rolling.layout.pattern'])
    const references = Object.entries(lines)
      .filter(([key]) => key.startsWith('rootLogger.appenderRef.'))
      .map(([, name]) => name)
    expect(references).toEqual(expect.arrayContaining(['ConsoleAppender', 'RollingFileAppender']))
  })

  test('the session of the documentation does so too', async () => {
    const body = JSON.parse(await readFile(new URL('../../tests/support/bodies/session.json', import.meta.url), 'utf8'))
    const lines = effective(composeLog4j(body.logConfiguration['log4j-console.properties'], SMALL))
    expect(lines).toMatchObject({ 'appender.console.type': 'Console', 'appender.rolling.type': 'RollingFile' })
  })

  test('a configuration that defines its appenders keeps them', () => {
    const own =
      'rootLogger.level = INFO\nrootLogger.appenderRef.mine.ref = Mine\nappender.mine.name = ' +
      'Mine\nappender.mine.type = Console'
    expect(composeLog4j(own, SMALL)).not.toMatch(/ConsoleAppender|RollingFile/)
  })
})
