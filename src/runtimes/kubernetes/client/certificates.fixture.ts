/**
 * Certificates for tests, written byte by byte, since Node makes keys but no certificates and not every machine has
 * openssl.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

export interface Issued {
  cert: string
  key: string
}

export interface Authority {
  cert: string
  /** For the host names and IPv4 addresses given. */
  issue(commonName: string, names?: readonly string[], validDays?: number): Issued
}

const DAY_MS = 86_400_000
const ECDSA_SHA256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]

export function authority(name = 'test authority'): Authority {
  const { publicKey, privateKey } = newKeys()
  const cert = certificate({
    issuer: name,
    subject: name,
    publicKey,
    signer: privateKey,
    names: [],
    isAuthority: true,
    validDays: 30,
  })
  return {
    cert,
    issue(commonName, names = [], validDays = 30) {
      const own = newKeys()
      return {
        cert: certificate({
          issuer: name,
          subject: commonName,
          publicKey: own.publicKey,
          signer: privateKey,
          names,
          isAuthority: false,
          validDays,
        }),
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      }
    },
  }
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

const newKeys = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })

interface Request {
  issuer: string
  subject: string
  publicKey: KeyObject
  signer: KeyObject
  names: readonly string[]
  isAuthority: boolean
  validDays: number
}

function certificate({ issuer, subject, publicKey, signer, names, isAuthority, validDays }: Request): string {
  const algorithm = sequence(Buffer.from(ECDSA_SHA256))
  const now = Date.now()
  const extensions = [
    extension([0x55, 0x1d, 0x13], sequence(...(isAuthority ? [tag(0x01, Buffer.from([0xff]))] : []))),
    ...(names.length > 0 ? [extension([0x55, 0x1d, 0x11], sequence(...names.map(alternative)))] : []),
  ]
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    distinguished(issuer),
    sequence(time(now - 2 * DAY_MS), time(now + validDays * DAY_MS)),
    distinguished(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(...extensions)),
  )
  const signature = tag(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]))
  const lines = sequence(body, algorithm, signature).toString('base64').replaceAll(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`
}

/** DER: a type, a length, the contents. */
function tag(type: number, contents: Buffer): Buffer {
  const { length } = contents
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([type, ...size]), contents])
}

const sequence = (...parts: Buffer[]): Buffer => tag(0x30, Buffer.concat(parts))
const extension = (id: number[], value: Buffer): Buffer => sequence(tag(0x06, Buffer.from(id)), tag(0x04, value))
const distinguished = (name: string): Buffer =>
  sequence(tag(0x31, sequence(tag(0x06, Buffer.from([0x55, 0x04, 0x03])), tag(0x0c, Buffer.from(name)))))
const time = (ms: number): Buffer =>
  tag(
    0x17,
    Buffer.from(
      `${new Date(ms)
        .toISOString()
        .replaceAll(/[-:T]|\.\d+Z/g, '')
        .slice(2)}Z`,
    ),
  )
const alternative = (name: string): Buffer =>
  isIP(name) === 4 ? tag(0x87, Buffer.from(name.split('.').map(Number))) : tag(0x82, Buffer.from(name))
