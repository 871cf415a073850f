/**
 * A jar without classes: Flink runs a main() only from an uploaded jar, also where the class is on its own class path.
 */
import { crc32 } from 'node:zlib'

const MANIFEST = Buffer.from('Manifest-Version: 1.0\r\n\r\n')
const NAME = Buffer.from('META-INF/MANIFEST.MF')

/** Bytes of a zip file with a manifest and nothing else; always the same. */
export function emptyJar(): Uint8Array {
  const about = Buffer.alloc(26)
  about.writeUInt16LE(20, 0) // version needed: 2.0
  about.writeUInt32LE(0x00210000, 6) // 1 January 1980, the first day that a zip can name
  about.writeUInt32LE(crc32(MANIFEST), 10)
  about.writeUInt32LE(MANIFEST.length, 14) // stored: packed and plain size are the same
  about.writeUInt32LE(MANIFEST.length, 18)
  about.writeUInt16LE(NAME.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), about, NAME, MANIFEST])
  const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), about, Buffer.alloc(14), NAME])
  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4)
  end.writeUInt16LE(1, 6)
  end.writeUInt32LE(entry.length, 8)
  end.writeUInt32LE(local.length, 12)
  return Buffer.concat([local, entry, Buffer.from('PK\x05\x06', 'latin1'), end])
}
