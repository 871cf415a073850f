/** The last bytes of files that other processes write. */
import { open } from 'node:fs/promises'

const TAIL_BYTES = 128 * 1024

/** The end of a file as text; empty when there is none. */
export async function tailOf(path: string, bytes: number = TAIL_BYTES): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const buffer = Buffer.alloc(Math.min(size, bytes))
    await file.read(buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8')
  } finally {
    await file.close()
  }
}
