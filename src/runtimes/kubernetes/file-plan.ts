/**
 * What the init container of a Flink pod fetches and where to, as lines for the program in `helpers/`. A URI may hold
 * credentials: keep the text where secrets are kept.
 */
import type { EffectiveClusterSpec } from '../../domain/cluster.ts'
import { fileName } from '../../domain/violations.ts'

export interface FilePlanOptions {
  /** Ranges (CIDR) of private and other special addresses that http(s) URIs may lead to all the same. */
  allowAddresses: string[]
  /** The largest file that is fetched. Files of the image may be larger. */
  maxBytes: number
}

/** How often one file is tried, with growing waits, before the container ends: about 15 s of waits in all. */
const ATTEMPTS = 5

/** Targets are `plugins/NAME/FILE` and `extra/FILE`, plugins first. Undefined when nothing is to be fetched. */
export function filePlan(spec: Pick<EffectiveClusterSpec, 'jars' | 'plugins'>, options: FilePlanOptions): string | undefined {
  const files = [
    ...spec.plugins.flatMap(({ name, jars }) => jars.map((uri) => [`plugins/${name}`, uri] as const)),
    ...spec.jars.map((uri) => ['extra', uri] as const),
  ]
  if (files.length === 0) return undefined
  const lines = [
    `!max-bytes ${options.maxBytes}`,
    `!attempts ${ATTEMPTS}`,
    ...options.allowAddresses.map((range) => `!allow ${range}`),
    ...files.map(([folder, uri]) => `${folder}/${inOneLine(fileName(uri))}\t${inOneLine(uri)}`),
  ]
  return `${lines.join('\n')}\n`
}

/** No part of a URI may pass for a line of its own. */
const inOneLine = (text: string): string => text.replaceAll(/\p{Cc}/gu, encodeURIComponent)
