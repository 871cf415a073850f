/** Durations as Flink writes them: a number and a unit (org.apache.flink.util.TimeUtils, the same from 1.17 to 2.3). */

const UNITS: readonly (readonly [milliseconds: number, ...labels: string[]])[] = [
  [86_400_000, 'd', 'day', 'days'],
  [3_600_000, 'h', 'hour', 'hours'],
  [60_000, 'm', 'min', 'minute', 'minutes'],
  [1_000, 's', 'sec', 'secs', 'second', 'seconds'],
  [1, '', 'ms', 'milli', 'millis', 'millisecond', 'milliseconds'],
]

/** Milliseconds, by `10 min`, `30s` or `500`; undefined where the text is no duration. Units below one are refused. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,15})\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const [milliseconds] = UNITS.find(([, ...labels]) => labels.includes(unit.toLowerCase())) ?? []
  const sum = Number(digits) * (milliseconds ?? Number.NaN)
  return Number.isSafeInteger(sum) ? sum : undefined
}
