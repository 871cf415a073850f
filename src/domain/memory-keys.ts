/** Which of a caller's memory keys change how Flink divides the process memory, and what total they ask for. Pure. */

import { isFlinkSize, parseSize } from './memory.ts'
import type { ProcessRole } from './process.ts'

/** Sizes of buffers and weights inside a part; they don't move the borders between the parts. */
const WITHIN_PARTS = [
  'taskmanager.memory.segment-size',
  'taskmanager.memory.min-segment-size',
  'taskmanager.memory.starting-segment-size',
  'taskmanager.memory.managed.consumer-weights',
  'taskmanager.memory.framework.off-heap.batch-shuffle.size',
]

/** Names from before Flink 1.10 that every later version still reads, and keys outside `*.memory.` that count too. */
const BY_OTHER_NAMES: Record<ProcessRole, readonly string[]> = {
  jobmanager: ['jobmanager.heap.size', 'jobmanager.heap.mb'],
  taskmanager: [
    'taskmanager.heap.size',
    'taskmanager.heap.mb',
    'taskmanager.cpu.cores',
    'external-resources',
    'taskmanager.network.memory.fraction',
    'taskmanager.network.memory.min',
    'taskmanager.network.memory.max',
    'taskmanager.network.numberOfBuffers',
  ],
}

/**
 * True when the caller moved parts that `jobManagerMemory` and `taskManagerMemory` take as given: only Flink's own
 * launcher (BashJavaUtils) then knows the split.
 */
export function needsFlinkCalculator(configuration: Record<string, string>, role: ProcessRole): boolean {
  return Object.keys(configuration).some(
    (key) =>
      BY_OTHER_NAMES[role].includes(key) ||
      (key.startsWith(`${role}.memory.`) && key !== `${role}.memory.process.size` && !WITHIN_PARTS.includes(key)),
  )
}

/**
 * The process size that follows from parts alone (`flink.size`, or an explicit heap), when the caller named parts but
 * no total; undefined when there are no such parts. Flink must then not be given a process size of ours, which would
 * contradict the parts. An estimate: Flink's launcher has the last word on the split.
 */
export function processBytesFromParts(configuration: Record<string, string>, role: ProcessRole): number | undefined {
  const size = (part: string, otherwise = 0): number => {
    const text = configuration[`${role}.memory.${part}`]
    return text !== undefined && isFlinkSize(text) ? parseSize(text) : otherwise
  }
  const mib = (n: number): number => n * 2 ** 20
  const explicitHeap =
    role === 'jobmanager'
      ? size('heap.size') && size('heap.size') + size('off-heap.size', mib(128))
      : size('task.heap.size') &&
        size('managed.size') &&
        size('task.heap.size') +
          size('managed.size') +
          size('task.off-heap.size') +
          size('framework.heap.size', mib(128)) +
          size('framework.off-heap.size', mib(128))
  const network =
    role === 'taskmanager' && explicitHeap
      ? Math.min(Math.max(Math.ceil(explicitHeap / 9), size('network.min', mib(64))), size('network.max', Infinity))
      : 0
  const flink = size('flink.size') || explicitHeap + network
  if (!flink) return undefined
  const used = flink + size('jvm-metaspace.size', mib(256))
  const overhead = Math.min(
    Math.max(Math.ceil(used / 9), size('jvm-overhead.min', mib(192))),
    size('jvm-overhead.max', mib(1024)),
  )
  return used + overhead
}
