/** A Flink distribution on this machine: the folder that Flink calls FLINK_HOME, and how one gets there. */

export interface Distribution {
  /** `1.17.1` */
  version: string
  /** Absolute: lib/, opt/, plugins/, conf/, bin/ as in the official tarball. */
  home: string
  /** `FLINK_HOME` that the user set, the official tarball, or the registries' packages. */
  source: 'FLINK_HOME' | 'TARBALL' | 'PACKAGES'
}

export interface InstallProgress {
  /** One line for people: "downloading Flink 1.17.1 from PyPI: 45 %". */
  detail: string
  /** 0..1 where it is known. */
  fraction?: number
}

export interface Distributions {
  /** Those installed now. */
  list(): Promise<Distribution[]>
  /** The one of that version if it is installed (or FLINK_HOME is of that version). Cheap. */
  find(version: string): Promise<Distribution | undefined>
  /**
   * Installs on demand. Two installers of one version, also in two processes, end with one installation.
   * Throws FlinkUnavailable, whose message lists every source that was tried and what it said.
   */
  install(
    version: string,
    onProgress?: (progress: InstallProgress) => void,
    signal?: AbortSignal,
  ): Promise<Distribution>
  /** False when it wasn't installed. Never removes the user's FLINK_HOME. */
  remove(version: string): Promise<boolean>
}

/** No source could give the distribution. `message` is for people; `cause` is `DISK_FULL` where that was the reason. */
export class FlinkUnavailable extends Error {}
