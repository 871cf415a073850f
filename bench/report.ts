/** Figures as a table: for the terminal and for bench/RESULTS.md alike, in Markdown. */

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length === 0
    ? Number.NaN
    : Number.isInteger(middle)
      ? ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
      : (sorted[Math.floor(middle)] as number)
}

export interface Aim {
  what: string
  value: number
  unit: string
  /** `value` has to be at most (or at least) that. */
  most?: number
  least?: number
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}

export const seconds = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(2))

/** Every round and their median, in seconds. */
export const rounds = (values: readonly number[]): string[] => [seconds(median(values)), values.map(seconds).join(' ')]

export function aimsTable(aims: readonly Aim[]): string {
  return table(
    ['aim', 'measured', 'wanted', 'met'],
    aims.map(({ what, value, unit, most, least }) => [
      what,
      `${value.toFixed(2)} ${unit}`.trim(),
      `${most === undefined ? `>= ${least}` : `<= ${most}`} ${unit}`.trim(),
      (most !== undefined && value <= most) || (least !== undefined && value >= least) ? 'yes' : 'no',
    ]),
  )
}
