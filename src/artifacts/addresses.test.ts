import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { addressRule } from './addresses.ts'
import { createArtifacts } from './fetch.ts'

describe('by default', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'nonsense',
  ])('%s is refused', (address) => expect(addressRule([])(address)).toBe(false))

  test.each(['93.184.215.14', '2606:2800:220:1::1', '::ffff:93.184.215.14'])('%s is allowed', (address) => {
    expect(addressRule([])(address)).toBe(true)
  })

  test.each(['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f.1'])('http://%s leads nowhere', async (host) => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-addresses-'))
    await expect(
      createArtifacts({ fileRoots: [], allowAddresses: [] }).fetch(`http://${host}:1/x.jar`, folder),
    ).rejects.toMatchObject({
      code: 'FILE_UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/can allow it with --allow-address (127\.0\.0\.1\/32|::1\/128)$/),
    })
    expect(await readdir(folder)).toEqual([])
    await rm(folder, { recursive: true })
  })
})

test('ranges open what they hold and nothing else', () => {
  const rule = addressRule(['10.0.0.0/8', 'fd00::/8'])
  expect(['10.9.8.7', '::ffff:10.9.8.7', 'fd12::1'].map(rule)).toEqual([true, true, true])
  expect(['11.0.0.1', '127.0.0.1', 'fe80::1'].map(rule)).toEqual([true, false, false])
})

test('a range that is none is named', () => {
  expect(() => createArtifacts({ fileRoots: [], allowAddresses: ['10.0.0.1'] })).toThrow('"10.0.0.1" is not a range')
})
