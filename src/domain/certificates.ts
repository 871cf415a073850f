/** Certificates and keys as a kubeconfig holds them: PEM text, in base64. Messages never repeat what they are about. */

import type { KeyObject } from 'node:crypto'
import { createPrivateKey, X509Certificate } from 'node:crypto'

type Read<T> = { value: T } | { problem: string }

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
/** Each certificate of that text, from its first line to its last. */
function blocksIn(pem: string): string[] {
  const begin = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/g
  const end = /-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g
  const found: string[] = []
  for (let first = begin.exec(pem); first; first = begin.exec(pem)) {
    end.lastIndex = begin.lastIndex
    // Without an end there is none for any later one either.
    if (!end.test(pem)) break
    found.push(pem.slice(first.index, end.lastIndex))
    begin.lastIndex = end.lastIndex
  }
  return found
}

function pemIn(data: string): Read<string> {
  if (data.includes('-----BEGIN'))
    return { problem: 'is PEM text as it stands: write it in base64, as a kubeconfig does' }
  const bare = data.replaceAll(/\s/g, '')
  if (bare === '' || bare.length % 4 !== 0 || !BASE64.test(bare)) return { problem: 'is not base64' }
  const text = Buffer.from(bare, 'base64').toString('latin1')
  return text.includes('-----BEGIN') ? { value: text } : { problem: 'holds no PEM text in its base64' }
}

/** All certificates of a bundle, in their order; at least one. */
export function readCertificates(data: string): Read<X509Certificate[]> {
  const pem = pemIn(data)
  if ('problem' in pem) return pem
  const blocks = blocksIn(pem.value)
  if (blocks.length === 0) return { problem: 'holds no certificate (-----BEGIN CERTIFICATE-----)' }
  const read: X509Certificate[] = []
  for (const [index, block] of blocks.entries()) {
    try {
      read.push(new X509Certificate(block))
    } catch {
      return {
        problem:
          blocks.length === 1
            ? 'holds a certificate that cannot be read'
            : `certificate ${index + 1} in it cannot be read`,
      }
    }
  }
  return { value: read }
}

export function readPrivateKey(data: string): Read<KeyObject> {
  const pem = pemIn(data)
  if ('problem' in pem) return pem
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(pem.value)) {
    return {
      problem:
        'is encrypted with a passphrase, for which nobody could be asked: decrypt it first (openssl pkey -in KEY ' +
        '-out NEW)',
    }
  }
  try {
    return { value: createPrivateKey(pem.value) }
  } catch {
    return { problem: 'holds no private key that can be read' }
  }
}
