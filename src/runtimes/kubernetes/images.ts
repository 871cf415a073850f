/** Which container image runs which Flink. */
import { FLINK_RUNTIMES, type FlinkRuntime } from '../../domain/spec.ts'

export type Images = Record<FlinkRuntime, string>

/** The official images, by the versions of the catalogue; `overrides` wins. */
export function imageTable(versionOf: (runtime: FlinkRuntime) => string, overrides: Partial<Images>): Images {
  return Object.fromEntries(
    FLINK_RUNTIMES.map((runtime) => [runtime, overrides[runtime] ?? `flink:${versionOf(runtime)}`]),
  ) as Images
}

/** `FLINK_1_18` -> `v1_18`: the operator's word for a runtime. */
export const operatorVersion = (runtime: FlinkRuntime): string => runtime.replace(/^FLINK_/, 'v')
