import { expect, test } from 'vitest'

import { eksToken } from './eks-token.ts'

const NOW = Date.parse('2026-01-05T08:00:00Z')
const KEYS = {
  region: 'eu-central-1',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}

const urlIn = (token: string): URL => new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString())

// The signatures were made by @smithy/signature-v4 5.7.5, the signer of AWS' own SDK, from the same request.
test.each([
  ['of a user', {}, 'd0b1cab93dd60751ec99bebb8743f99925f21f6fc52c10dd25daf24328e6ad31'],
  [
    'of a session',
    { sessionToken: 'IQoJ+/tok en=' },
    '2701723a77005b039815e96b2c9c0d974c55cc9d150c7ccd7679779a281228cd',
  ],
])('keys %s sign as the SDK of AWS does', (_whose, session, signature) => {
  const url = urlIn(eksToken({ ...KEYS, clusterName: 'prod-cluster', ...session }, NOW))
  expect(url.searchParams.get('X-Amz-Signature')).toBe(signature)
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    Action: 'GetCallerIdentity',
    'X-Amz-Date': '20260105T080000Z',
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
  })
  expect(url.origin).toBe('https://sts.eu-central-1.amazonaws.com')
})

test('a token is for one cluster, has no padding and does not hold the secret key', () => {
  const tokens = ['one', 'other'].map((clusterName) => eksToken({ ...KEYS, clusterName }, NOW))
  expect(tokens[0]).toMatch(/^k8s-aws-v1\.[\w-]+$/)
  expect(tokens[0]).not.toBe(tokens[1])
  expect(urlIn(tokens[0] ?? '').href).not.toContain(KEYS.secretAccessKey)
})

test('China has a domain of its own', () => {
  expect(urlIn(eksToken({ ...KEYS, region: 'cn-north-1', clusterName: 'c' }, NOW)).host).toBe(
    'sts.cn-north-1.amazonaws.com.cn',
  )
})
