/** What a caller's configuration won't do, in sentences for `status.warnings`: nothing here keeps it from running. Pure. */
import type { Where } from './configuration.ts'
import { launcherEntry, since, variableIn } from './launcher.ts'
import { fixedPortWarnings } from './ports.ts'
import type { SessionSpec } from './spec.ts'

type SessionPart = Pick<SessionSpec, 'runtime' | 'flinkConfiguration' | 'taskManagers'>

/** Of a resource that keeps a cluster. */
export function clusterWarnings(spec: SessionPart, where: Where): string[] {
  const { flinkConfiguration } = spec
  return [
    ...Object.entries(flinkConfiguration).flatMap(([key, value]) => launcherWarning(key, value, spec)),
    ...(where === 'LOCAL' ? fixedPortWarnings(spec) : []),
  ]
}

function launcherWarning(
  key: string,
  value: string,
  { runtime, flinkConfiguration }: Pick<SessionPart, 'runtime' | 'flinkConfiguration'>,
): string[] {
  const entry = launcherEntry(key)
  if (!entry || entry.harmless?.includes(value.trim().toLowerCase())) return []
  if (entry.treatment === 'NO_EFFECT') return [`${key} has no effect: ${entry.reason}.`]
  if (entry.since && !since(runtime, entry.since)) {
    const minor = entry.since.replace('FLINK_', '').replace('_', '.')
    return [`${key} has no effect: Flink's start scripts know it from ${minor} on.`]
  }
  if (key === 'env.java.opts' && 'env.java.opts.all' in flinkConfiguration)
    return [`${key} has no effect: it is the old name of env.java.opts.all, which is given as well.`]
  return []
}

/** Of a job in a session: what starts processes is the session's. */
export const jobWarnings = (flinkConfiguration: Record<string, string>): string[] =>
  Object.keys(flinkConfiguration)
    .filter((key) => variableIn(key) !== undefined || launcherEntry(key) !== undefined)
    .map(
      (key) => `${key} has no effect in a job: set it in flinkConfiguration of its session, whose processes it is for.`,
    )
