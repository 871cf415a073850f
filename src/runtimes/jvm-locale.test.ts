import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import { localeOfJvm } from './jvm-locale.ts'

const charmapIn = (env: NodeJS.ProcessEnv): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile('locale', ['charmap'], { env }, (error, out) => (error ? reject(error) : resolve(out.trim())))
  })

const { PATH } = process.env

test.each([
  ['nothing is said', {}],
  ['C is wanted', { LC_ALL: 'C' }],
  ['C is wanted for letters, and UTF-8 for the rest', { LC_CTYPE: 'C', LANG: 'C.UTF-8' }],
  ['a UTF-8 locale is wanted that is not on this machine', { LANG: 'xx_XX.UTF-8' }],
  ['it is UTF-8 already', { LANG: 'C.UTF-8' }],
])('file names of JVMs are UTF-8 where %s', async (_, locale) => {
  const env = { PATH, ...locale }
  expect(await charmapIn({ ...env, ...localeOfJvm(env) })).toBe('UTF-8')
})

test('a locale that will do is kept', () => {
  expect(localeOfJvm({ PATH, LANG: 'C.UTF-8' })).toEqual({})
  expect(localeOfJvm({ PATH: '/nowhere', LC_ALL: 'de_DE.utf8' })).toEqual({})
  expect(localeOfJvm({ PATH: '/nowhere', LANG: 'C.UTF-8', LC_ALL: 'C' })).toEqual({ LC_ALL: 'C.UTF-8' })
})
