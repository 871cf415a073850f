/** What the inside of a jar tells. Plain JSON, kept and answered as it is. */

export interface JarInspection {
  entries: number
  classes: number
  /** The manifest's `Main-Class`. */
  mainClass?: string
  /** The manifest's `program-class`, which Flink prefers to `Main-Class`. */
  programClass?: string
  /** The manifest's `Class-Path`, as it stands there. */
  classPath?: string[]
  /**
   * Dotted names of public classes with `public static void main(String[])`; the jar's own before those of libraries
   * that it bundles, each in alphabetical order. Of very large jars not every class is read.
   */
  entryClasses: string[]
  /** The newest Java release that its classes are compiled for: 17. Absent where there is no class. */
  javaRelease?: number
  /** The Flink that it was built against: `1.17.1`, or only `1.17`. Absent where nothing tells. */
  flinkVersion?: string
  /** Where in the jar that was read. */
  flinkVersionFrom?: string
  /** Connectors and formats for Flink that it holds. */
  connectors: { name: string; version?: string }[]
  /** Packages of Flink itself, which every cluster has already: `org.apache.flink.runtime`. */
  bundlesFlink: string[]
  signed: boolean
  /** Signature files: `META-INF/ACME.RSA`. */
  signers: string[]
  /** How many more the jar has than are in the lists above; absent where all are. */
  notListed?: { classPath?: number; entryClasses?: number; connectors?: number; signers?: number }
}

/** Classes that one jar of the class path has as well as another. */
export interface JarClash {
  /** File names. */
  jar: string
  with: string
  count: number
  /** The first of them, as a path: `org/log4j/Logger.class`. */
  example: string
}
