/**
 * The nouns a caller writes: what a session or a session job is meant to be. The API's schemas describe
 * the same shapes for the wire; these types are what the rest of the program speaks.
 */

export const FLINK_RUNTIMES = [
  'FLINK_1_17',
  'FLINK_1_18',
  'FLINK_1_19',
  'FLINK_1_20',
  'FLINK_2_0',
  'FLINK_2_1',
  'FLINK_2_2',
  'FLINK_2_3',
] as const
export type FlinkRuntime = (typeof FLINK_RUNTIMES)[number]

export type UpgradeMode = 'SAVEPOINT' | 'LAST_STATE' | 'STATELESS'

/** Sizes are strings as Flink's managed services wrote them: `1024m`, `1.5G`; suffixes are 1024-based. */
export interface ContainerResource {
  cpu?: number
  memory?: string
  ephemeralStorage?: string
}

export interface FlinkPlugin {
  name: string
  jars: string[]
}

/** How many TaskManagers a session keeps and how many it may grow to; a bound left out is the runtime's own. */
export interface TaskManagerBounds {
  min?: number
  max?: number
}

export interface SessionSpec {
  name: string
  runtime: FlinkRuntime
  jars: string[]
  plugins: FlinkPlugin[]
  flinkConfiguration: Record<string, string>
  /** File name -> file content, e.g. `log4j-console.properties`. */
  logConfiguration: Record<string, string>
  jobManagerResource: ContainerResource
  taskManagerResource: ContainerResource
  labels?: Record<string, string>
  taskManagers?: TaskManagerBounds
}

export interface JobSpec {
  /** The Flink job ID of the first attempt: chosen by the API when the job is created, never accepted from a caller. */
  id?: string
  args: string[]
  jarUri?: string
  entryClass?: string
  initialSavepoint?: { location: string } | { id: string }
  allowNonRestoredState?: boolean
  /** Who calls main(): Weir's runner (the default), or Flink itself. */
  runner?: 'ON' | 'OFF'
  /** How long main() may take, as Flink writes durations (`10 min`). */
  mainTimeout?: string
}

export interface SessionJobSpec {
  name: string
  flinkConfiguration: Record<string, string>
  job: JobSpec
  labels?: Record<string, string>
  upgradeMode?: UpgradeMode
}

/** A cluster of its own for one job: what a session is, and the job that runs there. */
export interface ApplicationSpec extends SessionSpec {
  job: JobSpec
  upgradeMode?: UpgradeMode
}
