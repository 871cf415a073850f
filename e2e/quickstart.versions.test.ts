/** The quickstart from its first line to its last. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runtimesOf } from '../tests/support/runtimes.ts'
import { weirCommand } from './support/command.ts'
import { testFolder } from './support/weir.ts'

test.each(runtimesOf('FLINK_2_3', 'FLINK_1_17'))(
  'quickstart --once on %s brings a job up, says so in its last line and leaves nothing',
  async (runtime) => {
    const scratch = testFolder()
    const { code, out, err } = await weirCommand(['quickstart', '--once', '--runtime-version', runtime], {
      TMPDIR: scratch,
    })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^quickstart: RUNNING in \d+\.\d s$/)
    expect(mentioning(scratch)).toEqual([])
    expect(readdirSync(scratch)).toEqual([])
  },
)

/** Command lines with that text in them. */
function mentioning(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return line.includes(text) ? [line] : []
      } catch {
        return []
      }
    })
}
