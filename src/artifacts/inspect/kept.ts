/**
 * How much of what a jar tells is kept. A jar of a few kilobytes can unpack to names of megabytes, and what is kept
 * stands in the store and in every list. What is left out is counted.
 */
import type { JarInspection } from '../../domain/jar.ts'

/** Of each list. */
export const KEPT = { items: 100, bytes: 16 * 1024 } as const
/** Java itself takes class names of that length, file systems do not. */
const LONGEST_TEXT = 1_024

type List = keyof NonNullable<JarInspection['notListed']>

export function kept(inspection: JarInspection): JarInspection {
  const notListed: Partial<Record<List, number>> = {}
  const first = <T>(name: List, items: readonly T[]): T[] => {
    const fitting = within(items)
    if (fitting.length < items.length) notListed[name] = items.length - fitting.length
    return fitting
  }
  const { classPath, mainClass, programClass, flinkVersionFrom } = inspection
  const bounded: JarInspection = {
    ...inspection,
    ...(mainClass !== undefined && { mainClass: shortened(mainClass) }),
    ...(programClass !== undefined && { programClass: shortened(programClass) }),
    ...(flinkVersionFrom !== undefined && { flinkVersionFrom: shortened(flinkVersionFrom) }),
    ...(classPath && { classPath: first('classPath', classPath) }),
    entryClasses: first('entryClasses', inspection.entryClasses),
    connectors: first('connectors', inspection.connectors),
    signers: first('signers', inspection.signers),
  }
  return Object.keys(notListed).length === 0 ? bounded : { ...bounded, notListed }
}

/** In their order; an item that is too long by itself is passed over. */
function within<T>(items: readonly T[]): T[] {
  let bytes = 0
  return items
    .filter((item) => sizeOf(item) <= LONGEST_TEXT)
    .slice(0, KEPT.items)
    .filter((item) => {
      bytes += sizeOf(item)
      return bytes <= KEPT.bytes
    })
}

/** Of a text, or of all texts in it, in UTF-8. */
const sizeOf = (item: unknown): number =>
  typeof item === 'string'
    ? Buffer.byteLength(item)
    : Object.values(item as object).reduce((sum: number, text) => sum + Buffer.byteLength(String(text)), 0)

const shortened = (text: string): string =>
  text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)` : text
