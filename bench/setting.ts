/** What is the same in every way of starting Flink that is compared. */
export interface Setting {
  flinkVersion: string
  /** FLINK_HOME: complete, with scripts. */
  home: string
  jar: string
  entryClass: string
  args: string[]
  /** Of each process, as Flink and Weir write sizes. */
  memory: string
  slots: number
  configuration: Record<string, string>
  /** Instead of `jar`, as Weir is told of them. */
  jars?: string[]
  plugins?: { name: string; jars: string[] }[]
  /** Folder for everything that the run makes. */
  work: string
}
