/**
 * Room `auth`: who is calling and what they may do. It knows keys, identities and permissions; it may import the
 * domain only and is given whatever it looks things up in. It never logs or stores a key in the clear, apart from
 * the two owner-only files of `key-files.ts`. It fails closed: whatever is not recognised is nobody.
 *
 * Keys are bearer tokens of about 238 bits, so that a plain SHA-256 is enough to store them by: there is nothing
 * to guess and nothing to salt.
 */
import { createHash, randomBytes } from 'node:crypto'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SECRET_LENGTH = 40
const KEY = /^weir_[0-9A-Za-z]{40}$/

/** The prefix lets secret scanners recognise a key that got into the wrong place. */
export function newKey(): string {
  let secret = ''
  while (secret.length < SECRET_LENGTH) {
    for (const byte of randomBytes(SECRET_LENGTH)) {
      // Bytes of 248 and above would make the first characters of the alphabet likelier than the others.
      if (byte < 248 && secret.length < SECRET_LENGTH) secret += BASE62[byte % 62]
    }
  }
  return `weir_${secret}`
}

export const isKey = (text: string): boolean => KEY.test(text)

/** The form in which a key is stored: SHA-256 in lower-case hex. */
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex')
