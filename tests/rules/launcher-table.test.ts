import { expect, test } from 'vitest'
import { LAUNCHER_KEYS, LAUNCHER_VARIABLES, type LauncherEntry, type Treatment } from '../../src/domain/launcher.ts'
import { read } from './files.ts'

const GUIDE = 'docs/guides/configuration.md'

const WORDS: Record<Treatment, string> = {
  CARRIED_OUT: 'carried out',
  REFUSED: 'refused',
  NO_EFFECT: 'no effect, which `status.warnings` says',
}

const row = ({ names, treatment, reason, since, harmless }: LauncherEntry): string => {
  const version = since ? `, from Flink ${since.replace('FLINK_', '').replace('_', '.')} on` : ''
  const values = harmless ? ` (\`${harmless.join('`, `')}\` is let through)` : ''
  return `| ${names.map((name) => `\`${name}\``).join(', ')} | ${WORDS[treatment]}${version}${values} | ${reason} |`
}

test("the guide's tables of what Flink's launchers act on are those that the program goes by", () => {
  const lines = read(GUIDE).split('\n')
  for (const table of [LAUNCHER_KEYS, LAUNCHER_VARIABLES]) {
    const rows = table.map(row)
    const start = lines.indexOf(rows[0] ?? '')
    expect(lines.slice(start, start + rows.length)).toEqual(rows)
    expect(lines[start + rows.length]).not.toMatch(/^\|/)
  }
})
