/** What the quickstart prints: one line for each thing that happened, with the time since it began. */
import type { Io } from '../io.ts'
import { makeOutput } from '../output.ts'
import type { Progress } from '../wait.ts'
import { changedLines, overwrites, transientLine } from '../wait.ts'

export interface Printer {
  /** `  +1.2 s  text` */
  step(text: string): void
  /** Label and value, aligned, on terminals and in pipes alike: this is prose for people, not rows for a script. */
  facts(rows: [string, string][]): void
  text(text: string): void
  bold(text: string): string
  /** What the server says while something is waited for: steps in a pipe, on a terminal a line that goes again. */
  news(what: string): Progress
}

export function makePrinter(io: Io): Printer {
  const started = performance.now()
  const output = makeOutput(io, {})
  const seconds = (): number => (performance.now() - started) / 1000
  const at = (): string => `+${seconds().toFixed(1)} s`.padStart(9)
  const step = (text: string): void => output.line(`${output.style('dim', at())}  ${text}`)
  return {
    step,
    facts: (rows) => {
      const widest = Math.max(...rows.map(([label]) => label.length))
      for (const [label, value] of rows) output.line(`  ${output.style('dim', label.padEnd(widest))}   ${value}`)
    },
    text: (text) => output.line(text),
    bold: (text) => output.style('bold', text),
    news: (what) =>
      overwrites(io)
        ? transientLine(io, (news) => `${at()}  ${what} is ${news}`)
        : changedLines((news) => step(`${what} is ${news}`)),
  }
}
