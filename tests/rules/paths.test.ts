/**
 * A path becomes what Flink and Java take for one in `src/domain/paths.ts`, and a file gets its name in
 * `src/domain/file-name.ts`: URLs are another thing, and each file that has to do with them stands here with its reason.
 */
import { describe, expect, test } from 'vitest'
import { production, read } from './files.ts'
import { importsOf } from './imports.ts'

/** Where URLs of files are URLs. */
const URLS: Record<string, string> = {
  'src/artifacts/local.ts': "URIs of callers' jars",
  'src/runtimes/local/jar-checks.ts': 'the manifest of a jar has URLs',
  'src/cli/quickstart/run.ts': "the URI of the quickstart's jar",
  'src/cli/quickstart/example.ts': 'import.meta.url',
  'src/runtimes/helper-jars.ts': 'import.meta.url',
  'tools/generate.ts': 'import() takes a URL',
}

const code = (path: string): string => read(path).replaceAll(/\/\*[\s\S]*?\*\/|\/\/ [^\n]*/g, '')
const having = (pattern: RegExp): string[] =>
  production().filter((path) => !path.includes('.fixture.') && pattern.test(code(path)))

describe('paths', () => {
  test('are turned into URLs, and URLs into paths, only where these are URLs', () => {
    const converting = production().filter((path) =>
      importsOf(path).some(({ to, names }) => to === 'node:url' && names.some((name) => /ToPath|ToFileURL/.test(name))),
    )
    expect(converting.sort()).toEqual(Object.keys(URLS).sort())
  })

  test('become URIs of Flink in one place, and its URIs become paths there', () => {
    expect(having(/[`'"]file:(\/\/)?\$\{|slice\('file:|replace\(\/\^?file:/)).toEqual(['src/domain/paths.ts'])
  })

  test('are joined to a class path in one place', () => {
    const joining = having(/'-(cp|classpath|-class-path)'/).filter((path) => path.startsWith('src/'))
    expect(joining).toEqual([
      'src/runtimes/flink-files/program.ts',
      // Of fixed names in the image.
      'src/runtimes/kubernetes/manifest.ts',
      'src/runtimes/local/cds.ts',
      'src/runtimes/local/command.ts',
      'src/runtimes/local/memory-split.ts',
      'src/runtimes/local/warm/spare-command.ts',
    ])
    for (const path of joining.filter((each) => !each.includes('/kubernetes/')))
      expect(code(path), path).toMatch(/'-(cp|classpath)',\s*joinClassPath\(/)
  })

  test('and the last segment of a URI becomes the name of a file in one place', () => {
    expect(having(/decodeURIComponent\(/).filter((path) => path.startsWith('src/'))).toEqual([
      // User and password of a URL.
      'src/artifacts/ask.ts',
      'src/domain/file-name.ts',
    ])
  })
})
