/** The little of a class file that is needed here: its release, whether it is public, whether it has a main method. */

export interface ClassFile {
  /** `61` is Java 17. */
  majorVersion: number
  /** Dotted. */
  name: string
  isPublic: boolean
  isSynthetic: boolean
  isModule: boolean
  /** `public static void main(String[])` */
  hasMain: boolean
}

const MAGIC = 0xcafebabe
const MAIN_DESCRIPTOR = '([Ljava/lang/String;)V'
const FLAGS = { public: 0x0001, static: 0x0008, synthetic: 0x1000, module: 0x8000 } as const

/** The Java release of a class file's major version. */
export const javaReleaseOf = (majorVersion: number): number => majorVersion - 44

/** From the first eight bytes; undefined where they are no class file's. */
export function majorVersionOf(start: Buffer): number | undefined {
  return start.length >= 8 && start.readUInt32BE(0) === MAGIC ? start.readUInt16BE(6) : undefined
}

/** Whether it can have a main method at all; spares most classes the parsing. */
export const mayHaveMain = (bytes: Buffer): boolean => bytes.includes(MAIN_DESCRIPTOR, 0, 'latin1')

/** Undefined where the bytes are no class file, or one that ends too early. */
export function parseClassFile(bytes: Buffer): ClassFile | undefined {
  try {
    const majorVersion = majorVersionOf(bytes)
    return majorVersion === undefined ? undefined : { majorVersion, ...parse(new Reader(bytes, 8)) }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function parse(reader: Reader): Omit<ClassFile, 'majorVersion'> {
  const pool = constantPool(reader)
  const access = reader.u2()
  const name = pool.text(pool.classNameIndex(reader.u2())).replaceAll('/', '.')
  reader.skip(2) // super class
  reader.skip(2 * reader.u2()) // interfaces
  for (let fields = reader.u2(); fields > 0; fields--) skipMember(reader)
  let hasMain = false
  for (let methods = reader.u2(); methods > 0; methods--) {
    const flags = reader.u2()
    const [method, descriptor] = [reader.u2(), reader.u2()]
    skipAttributes(reader)
    hasMain ||=
      has(flags, FLAGS.public | FLAGS.static) &&
      !has(flags, FLAGS.synthetic) &&
      pool.is(method, 'main') &&
      pool.is(descriptor, MAIN_DESCRIPTOR)
  }
  return {
    name,
    isPublic: has(access, FLAGS.public),
    isSynthetic: has(access, FLAGS.synthetic),
    isModule: has(access, FLAGS.module),
    hasMain,
  }
}

const has = (flags: number, wanted: number): boolean => (flags & wanted) === wanted

interface ConstantPool {
  text(index: number): string
  /** Whether that text, in ASCII, stands there: 65,535 methods may all have one name of 65,535 letters. */
  is(index: number, text: string): boolean
  /** Of a class constant: the index of its name. */
  classNameIndex(index: number): number
}

/** Bytes after the tag of each kind of constant but text (1); 5 and 6 take two places. */
const CONSTANT_BYTES: Record<number, number> = {
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  7: 2,
  8: 2,
  9: 4,
  10: 4,
  11: 4,
  12: 4,
  15: 3,
  16: 2,
  17: 4,
  18: 4,
  19: 2,
  20: 2,
}

function constantPool(reader: Reader): ConstantPool {
  const { bytes } = reader
  const count = reader.u2()
  const offsets = new Uint32Array(count)
  for (let index = 1; index < count; index++) {
    offsets[index] = reader.at
    const tag = reader.u1()
    if (tag === 1) {
      reader.skip(reader.u2())
      continue
    }
    const size = CONSTANT_BYTES[tag]
    if (size === undefined) throw new RangeError(`constant of kind ${tag}`)
    reader.skip(size)
    if (tag === 5 || tag === 6) index++
  }
  const offsetOf = (index: number, tag: number): number => {
    const offset = offsets[index] ?? 0
    if (offset === 0 || bytes[offset] !== tag) throw new RangeError(`constant ${index} is not of kind ${tag}`)
    return offset
  }
  return {
    text(index) {
      const offset = offsetOf(index, 1)
      return bytes.toString('utf8', offset + 3, offset + 3 + bytes.readUInt16BE(offset + 1))
    },
    is(index, text) {
      const offset = offsetOf(index, 1)
      if (bytes.readUInt16BE(offset + 1) !== text.length) return false
      return bytes.toString('latin1', offset + 3, offset + 3 + text.length) === text
    },
    classNameIndex: (index) => bytes.readUInt16BE(offsetOf(index, 7) + 1),
  }
}

function skipMember(reader: Reader): void {
  reader.skip(6)
  skipAttributes(reader)
}

function skipAttributes(reader: Reader): void {
  for (let attributes = reader.u2(); attributes > 0; attributes--) {
    reader.skip(2)
    reader.skip(reader.u4())
  }
}

/** Reads numbers one after the other; beyond the end it throws RangeError, as Buffer does. */
class Reader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes
    this.at = at
  }

  skip(count: number): void {
    this.at += count
  }

  u1(): number {
    return this.bytes.readUInt8(this.take(1))
  }

  u2(): number {
    return this.bytes.readUInt16BE(this.take(2))
  }

  u4(): number {
    return this.bytes.readUInt32BE(this.take(4))
  }

  private take(count: number): number {
    const at = this.at
    this.at += count
    return at
  }
}
