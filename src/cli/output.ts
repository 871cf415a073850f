/**
 * What commands print. On a terminal: aligned columns with a header, colours, ages. In a pipe: tab-separated values
 * without a header, times as they are. With --json: the API's own field names.
 */
import { stripVTControlCharacters, styleText } from 'node:util'
import { printable } from '../domain/printable.ts'
import { shellWord } from './errors.ts'
import type { Io } from './io.ts'

export interface Column<Row> {
  header: string
  value(row: Row): string | undefined
  /** How a terminal shows it, where that differs from `value`. */
  human?(row: Row): string | undefined
  style?(value: string): Style | undefined
}

type Style = Parameters<typeof styleText>[0]

export interface Output {
  readonly json: boolean
  readonly tty: boolean
  table<Row>(rows: Row[], columns: Column<Row>[]): void
  /** A table, or JSON; `none` is told to people only: a script reads no lines as none. */
  list<Row>(rows: Row[], columns: Column<Row>[], none: string): void
  record(fields: [string, string][]): void
  line(text: string): void
  /** Pretty-printed JSON, the same on terminals and in pipes. */
  data(value: unknown): void
  style(style: Style, text: string): string
  state(state: string): string
}

const STATE_STYLES: Record<string, Style> = {
  RUNNING: 'green',
  FINISHED: 'green',
  FAILED: 'red',
  PENDING: 'yellow',
  UPDATING: 'yellow',
  DELETING: 'yellow',
}

/** Values come from servers and logs: control characters must neither steer a terminal nor break a line of a table. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return printable(stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' '))
}

/** A line of a log: without colours and the like, with its tabs; what else could steer a terminal is written out. */
export const plainLine = (text: string): string => printable(stripVTControlCharacters(text).trimEnd())

export function wantsColour(io: Pick<Io, 'env'>, tty: boolean): boolean {
  return tty && !io.env.NO_COLOR && io.env.TERM !== 'dumb'
}

export function makeOutput(io: Io, options: { json?: boolean | undefined }): Output {
  const colour = wantsColour(io, io.outTty)
  const style = (styles: Style, text: string): string =>
    colour ? styleText(styles, text, { validateStream: false }) : text
  const json = options.json === true
  const data = (value: unknown): void => io.out(`${JSON.stringify(value, null, 2)}\n`)
  const table = <Row>(rows: Row[], columns: Column<Row>[]): void =>
    io.out(io.outTty ? alignedTable(rows, columns, style) : tabbedTable(rows, columns))
  return {
    json,
    tty: io.outTty,
    table,
    list: (rows, columns, none) => {
      if (json) data({ items: rows })
      else if (rows.length > 0) table(rows, columns)
      else if (io.outTty) io.err(`${none}\n`)
    },
    record: (fields) =>
      io.out(io.outTty ? alignedRecord(fields, style) : fields.map(([k, v]) => `${k}\t${plain(v)}\n`).join('')),
    line: (text) => io.out(`${text}\n`),
    data,
    style,
    state: (state) => (STATE_STYLES[state] ? style(STATE_STYLES[state], state) : state),
  }
}

export const stateStyle = (state: string): Style | undefined => STATE_STYLES[state]

function tabbedTable<Row>(rows: Row[], columns: Column<Row>[]): string {
  return rows.map((row) => columns.map((c) => plain(c.value(row) ?? '')).join('\t') + '\n').join('')
}

const width = (text: string): number => [...text].length
const pad = (text: string, to: number): string => text + ' '.repeat(Math.max(0, to - width(text)))

function alignedTable<Row>(rows: Row[], columns: Column<Row>[], style: Output['style']): string {
  const cells = rows.map((row) => columns.map((c) => plain(c.human?.(row) ?? c.value(row) ?? '')))
  const widths = columns.map((c, i) => Math.max(width(c.header), ...cells.map((r) => width(r[i] ?? ''))))
  const line = (texts: string[], styled: (text: string, i: number) => string): string =>
    texts
      .map((text, i) => styled(i === texts.length - 1 ? text : pad(text, (widths[i] ?? 0) + 2), i))
      .join('')
      .trimEnd() + '\n'
  const header = line(
    columns.map((c) => c.header),
    (text) => style('dim', text),
  )
  const body = cells.map((row) =>
    line(row, (text, i) => {
      const chosen = columns[i]?.style?.(row[i] ?? '')
      return chosen ? style(chosen, text) : text
    }),
  )
  return header + body.join('')
}

function alignedRecord(fields: [string, string][], style: Output['style']): string {
  const widest = Math.max(0, ...fields.map(([key]) => width(key)))
  return fields.map(([key, value]) => `${style('dim', pad(key, widest + 2))}${plain(value)}\n`).join('')
}

/** `4 s`, `3 min`, `5 h`, `12 d`: how long ago. */
export function age(iso: string | undefined, now: number = Date.now()): string {
  if (!iso) return ''
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** `5 bytes`, `1.5 MiB`. */
export function bytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10))
  return `${power === 0 ? count : (count / 1024 ** power).toFixed(1)} ${units[power]}`
}

/**
 * Nested values as lines of `path value`, in the order of the object; `{a: {b: 1}}` gives `a.b 1`. Empty ones are left
 * out. Long texts, such as logging configurations, are only counted: --json has them in full. Each of a list is quoted
 * as a shell would need it, so that arguments with spaces can be told apart.
 */
export function flatten(value: unknown, path = ''): [string, string][] {
  if (value === null || value === undefined) return []
  if (typeof value === 'string')
    return [[path, value.includes('\n') ? `(${value.trimEnd().split('\n').length} lines)` : value]]
  if (typeof value !== 'object') return [[path, String(value)]]
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return value.length ? [[path, value.map((item) => shellWord(String(item))).join(' ')]] : []
  return Object.entries(value).flatMap(([key, item]) => flatten(item, path ? `${path}.${key}` : key))
}
