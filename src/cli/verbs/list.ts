/** Columns and rows of lists, the same for sessions and jobs. */

import type { Summary } from '../collections.ts'
import type { Context } from '../context.ts'
import type { Column } from '../output.ts'
import { age, stateStyle } from '../output.ts'

export const SUMMARY_COLUMNS: Column<Summary>[] = [
  { header: 'ID', value: (row) => row.id },
  { header: 'NAME', value: (row) => row.name },
  { header: 'STATE', value: (row) => row.state, style: stateStyle },
  { header: 'AGE', value: (row) => row.createdAt, human: (row) => age(row.createdAt) },
]

/** `empty` is said to people only: a script reads no lines as none. */
export function printList<Row>(context: Context, rows: Row[], columns: Column<Row>[], empty: string): void {
  const { output, io } = context
  if (output.json) output.data({ items: rows })
  else if (rows.length > 0) output.table(rows, columns)
  else if (io.outTty) io.err(`${empty}\n`)
}
