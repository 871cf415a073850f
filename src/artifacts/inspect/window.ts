/** Random access to a file by way of a window on it: reads that lie close together cost one system call. */
import type { FileHandle } from 'node:fs/promises'
import { RandomAccessReader } from 'yauzl'

const WINDOW_BYTES = 1024 ** 2

export class FileWindow extends RandomAccessReader {
  readonly #file: FileHandle
  readonly #size: number
  #start = 0
  #window: Buffer = Buffer.alloc(0)

  constructor(file: FileHandle, size: number) {
    super()
    this.#file = file
    this.#size = size
  }

  /** Those bytes; a promise where the file has to be read. Throws an Error when the file is too short. */
  at(position: number, length: number): Buffer | Promise<Buffer> {
    if (position < 0 || position + length > this.#size) throw new Error('it ends too early')
    const from = position - this.#start
    if (from >= 0 && from + length <= this.#window.length) return this.#window.subarray(from, from + length)
    return this.#move(position, length)
  }

  async #move(position: number, length: number): Promise<Buffer> {
    const wanted = Math.min(Math.max(WINDOW_BYTES, length), this.#size - position)
    const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(wanted), 0, wanted, position)
    if (bytesRead < length) throw new Error('it ends too early')
    this.#window = buffer.subarray(0, bytesRead)
    this.#start = position
    return this.#window.subarray(0, length)
  }

  /** What yauzl reads by. */
  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytes?: number) => void,
  ): void {
    const done = (bytes: Buffer): void => {
      bytes.copy(target, offset)
      callback(null, length)
    }
    try {
      const bytes = this.at(position, length)
      if (bytes instanceof Promise) bytes.then(done, callback)
      else done(bytes)
    } catch (error) {
      callback(error as Error)
    }
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null)
  }
}
