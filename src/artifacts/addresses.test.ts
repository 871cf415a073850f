import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ipaddr from 'ipaddr.js'
import { Agent, request } from 'undici'
import { describe, expect, test } from 'vitest'
import { addressRule, guardedConnect, OWN_NETWORKS, plainRanges } from './addresses.ts'
import { createArtifacts } from './fetch.ts'
import { PROVIDER_RANGES, SPECIAL_RANGES } from './special-addresses.ts'

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

  test.each([...SPECIAL_RANGES, ...PROVIDER_RANGES])('$range ($what) is refused from end to end', ({ range }) => {
    const [base, bits] = ipaddr.parseCIDR(range)
    const bytes = base.toByteArray()
    const last = bytes.map((byte, at) => byte | (0xff >> Math.min(8, Math.max(0, bits - 8 * at))))
    const ends = [base, ipaddr.fromByteArray(last)].map(String)
    // Within ::/3 lies what is judged as IPv4.
    expect(ends.map(addressRule([]))).toEqual([false, false])
  })

  test.each([
    '93.184.215.14',
    '2606:2800:220:1::1',
    '::ffff:93.184.215.14',
    '64:ff9b::5db8:d70e',
    '168.63.129.15',
    '192.0.1.0',
    '100.128.0.1',
  ])('%s is allowed', (address) => {
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

test('an IPv4 address in the clothes of IPv6 is judged as what it is', () => {
  const rule = addressRule(['10.0.0.0/8'])
  expect(['64:ff9b::a01:203', '64:ff9b::7f00:1', '::ffff:127.0.0.1', '::7f00:1', '2002:a01:203::'].map(rule)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ])
  expect(addressRule(['::ffff:10.0.0.0/104'])('10.1.2.3')).toBe(true)
})

test("what answers a cloud's machines is opened by its very address alone", () => {
  const hosts = [
    '169.254.169.254',
    '169.254.170.2',
    '168.63.129.16',
    '100.100.100.200',
    'fd00:ec2::254',
    '64:ff9b::a9fe:a9fe',
  ]
  const wide = addressRule(['0.0.0.0/0', '::/0', '169.254.0.0/16', '168.63.129.0/24', '100.64.0.0/10', 'fc00::/7'])
  expect(hosts.filter(wide)).toEqual([])
  const named = addressRule(['169.254.169.254/32', 'fd00:ec2::254/128'])
  expect(hosts.filter(named)).toEqual(['169.254.169.254', 'fd00:ec2::254', '64:ff9b::a9fe:a9fe'])
  expect(addressRule(OWN_NETWORKS)('169.254.169.254')).toBe(false)
})

test.each(['http://127.0.0.1:1', 'http://[::1]:1', 'http://localhost:1', 'https://127.0.0.1:1'])(
  'no connection is made to %s, by whatever way it is asked for',
  async (url) => {
    const dispatcher = new Agent({ connect: guardedConnect(addressRule([]), { timeout: 1_000 }) })
    await expect(request(url, { dispatcher })).rejects.toMatchObject({
      name: 'Error',
      message: expect.stringMatching(/is not allowed$/),
    })
    await dispatcher.close()
  },
)

test('ranges have one form for those who read no other', () => {
  expect(plainRanges(['10.0.0.0/8', '0x0a.1.0.0/16', '::ffff:10.0.0.0/104', 'FD00::/8', '64:ff9b::a01:0/112'])).toEqual(
    ['10.0.0.0/8', '10.1.0.0/16', '10.0.0.0/8', 'fd00::/8', '10.1.0.0/16'],
  )
})

test('a range that is none is named', () => {
  expect(() => createArtifacts({ fileRoots: [], allowAddresses: ['10.0.0.1'] })).toThrow('"10.0.0.1" is not a range')
})
