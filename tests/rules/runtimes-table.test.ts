import { expect, test } from 'vitest'
import { CATALOGUE } from '../../src/flink/distributions/catalogue.ts'
import { preferredJava } from '../../src/flink/distributions/java-releases.ts'
import { read } from './files.ts'

const GUIDE = 'docs/guides/local.md'

const rows = (): string[] =>
  Object.entries(CATALOGUE).map(([runtime, { version, java, packages }]) => {
    const supported = [...java.supported].sort((a, b) => a - b).join(', ')
    const experimental = java.experimental.join(', ')
    return `| \`${runtime}\` | ${version} | ${supported} | ${experimental} | ${preferredJava(version).join(', ')} | ${packages.s3Plugin.version} |`
  })

test('the table of runtimes in the guide is the catalogue: versions, Java releases and S3 plugins', () => {
  expect(
    read(GUIDE)
      .split('\n')
      .filter((line) => line.startsWith('| `FLINK_')),
  ).toEqual(rows())
})
