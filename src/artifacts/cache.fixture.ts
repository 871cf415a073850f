/**
 * What tests put into a cache: an owner of files that counts how often it is asked, and says "unchanged" by version.
 */

import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { defined } from '../domain/defined.ts'
import type { CacheSource } from './cache.ts'

export const sha256Of = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')

export const bytes = (count: number): Buffer => randomBytes(count)

export interface Owner extends CacheSource {
  content: Buffer
  validator: string | undefined
  /** Times that it was asked at all, and that it sent the file. */
  asked: number
  sent: number
  /** Awaited before a file is written. */
  before: (part: string) => Promise<void> | void
}

export function owner(content: Buffer | string, more: Partial<Owner> = {}): Owner {
  const self: Owner = {
    key: 'a',
    content: Buffer.from(content),
    validator: 'v1',
    asked: 0,
    sent: 0,
    before() {},
    async fetch(known, part) {
      self.asked += 1
      if (known !== undefined && known === self.validator) return 'unchanged'
      await self.before(part)
      const { content: now, validator } = self
      await mkdir(dirname(part), { recursive: true })
      await writeFile(part, now, { flag: 'wx' })
      self.sent += 1
      return { sizeBytes: now.length, sha256: sha256Of(now), ...defined({ validator }) }
    },
    ...more,
  }
  return self
}
