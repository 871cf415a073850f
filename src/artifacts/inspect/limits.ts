/** How large a jar may be on the inside, and how much of it is read. Made for jobs' jars of hundreds of megabytes. */
export interface JarLimits {
  /** Entries, folders included. */
  entries: number
  /** Bytes of the jar's directory. */
  directoryBytes: number
  /** Bytes that all entries may have together once unpacked. */
  unpackedBytes: number
  /** Times that one entry, or all of them, may grow when unpacked, from `ratioFromBytes` unpacked on. */
  ratio: number
  ratioFromBytes: number
  /** Larger entries are not read. */
  entryBytes: number
  /** Bytes unpacked to look for main methods; after that, of classes only their first bytes are. */
  classBytes: number
}

export const JAR_LIMITS: JarLimits = {
  entries: 400_000,
  directoryBytes: 128 * 1024 ** 2,
  unpackedBytes: 16 * 1024 ** 3,
  ratio: 200,
  ratioFromBytes: 64 * 1024 ** 2,
  entryBytes: 8 * 1024 ** 2,
  classBytes: 96 * 1024 ** 2,
}
