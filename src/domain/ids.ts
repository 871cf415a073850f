/** Identifiers. Randomness comes from the operating system: IDs of two installations never meet. */
import { randomBytes, randomUUID } from 'node:crypto'

export const RESOURCE_ID = /^[A-Z0-9]{1,20}$/

/** Without 0/O and 1/I, which people mix up when they read an ID aloud. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** 16 characters of 5 bits each. */
export function newResourceId(): string {
  return Array.from(randomBytes(16), (byte) => ALPHABET[byte & 31]).join('')
}

/** Flink's job IDs are 128 bits in lower-case hex. */
export const newFlinkJobId = (): string => randomBytes(16).toString('hex')

export const newUuid = (): string => randomUUID()
