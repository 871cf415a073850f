/** Zips made by hand, sound ones and others, for the tests of what reads them. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipPart {
  name: string
  data?: Buffer | string
  deflate?: boolean
  /** What the directory says, where that is not the truth. */
  lies?: { unpackedBytes?: number; offset?: number; flags?: number; method?: number }
}

/** `count`: how many entries the end record speaks of. */
export function zipOf(parts: readonly (ZipPart | string)[], { count = parts.length } = {}): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const part of parts) {
    const { name, data = '', deflate = false, lies = {} } = typeof part === 'string' ? { name: part } : part
    const plain = Buffer.from(data as string)
    const packed = deflate ? deflateRawSync(plain) : plain
    const path = Buffer.from(name)
    const about = Buffer.alloc(26)
    about.writeUInt16LE(20, 0)
    about.writeUInt16LE(lies.flags ?? 0, 2)
    about.writeUInt16LE(lies.method ?? (deflate ? 8 : 0), 4)
    about.writeUInt32LE(crc32(plain), 10)
    about.writeUInt32LE(packed.length, 14)
    about.writeUInt32LE(lies.unpackedBytes ?? plain.length, 18)
    about.writeUInt16LE(path.length, 22)
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(lies.offset ?? offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), about, rest, path]))
    locals.push(Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), about, path, packed]))
    offset += 30 + path.length + packed.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(count, 4)
  end.writeUInt16LE(count, 6)
  end.writeUInt32LE(entries.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, entries, Buffer.from('PK\x05\x06', 'latin1'), end])
}
