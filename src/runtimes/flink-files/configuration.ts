/** Which part of Flink's configuration its file systems read. */

/** Keys that no file system reads. Others may be a plugin's own, whatever they are called. */
const NOT_OF_FILE_SYSTEMS = new RegExp(
  `^(${[
    'blob',
    'cluster',
    'env',
    'execution',
    'heartbeat',
    'high-availability',
    'jobmanager',
    'jobstore',
    'kubernetes',
    'metrics',
    'parallelism',
    'pipeline',
    'resourcemanager',
    'rest',
    'restart-strategy',
    'slotmanager',
    'state',
    'table',
    'taskmanager',
    'web',
  ].join('|')})([.]|$)`,
)

/** Sessions that differ in nothing of this see the same files. */
export const ofFileSystems = (configuration: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(configuration).filter(([key]) => !NOT_OF_FILE_SYSTEMS.test(key)))
