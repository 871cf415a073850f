import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { inspectJar } from './inspect.ts'
import type { JarLimits } from './limits.ts'
import { type ZipPart, zipOf } from './zip.fixture.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-zip-'))
  return () => rm(folder, { recursive: true })
})

async function inspect(bytes: Uint8Array, limits: Partial<JarLimits> = {}) {
  const path = join(folder, 'job.jar')
  await writeFile(path, bytes)
  return inspectJar(path, limits)
}

const POM = 'META-INF/maven/g/a/pom.xml'
const sound: ZipPart[] = [
  { name: 'META-INF/MANIFEST.MF', data: 'Manifest-Version: 1.0\r\nMain-Class: a.B\r\n' },
  { name: POM, data: '<project/>'.repeat(50), deflate: true },
  { name: 'a/' },
]

test('a sound zip is read, an empty one too', async () => {
  expect(await inspect(zipOf(sound))).toMatchObject({ entries: 3, classes: 0, mainClass: 'a.B' })
  expect(await inspect(zipOf([]))).toMatchObject({ entries: 0, entryClasses: [] })
})

const zeros = Buffer.alloc(70 * 1024 ** 2)
const whole = zipOf(sound)

test.each<[string, () => Uint8Array, RegExp]>([
  ['text', () => Buffer.from('<html>404 not found</html>'.repeat(10)), /is not a jar, or only a part of one/],
  ['nothing at all', () => Buffer.alloc(0), /is not a jar/],
  ['a jar without its end', () => whole.subarray(0, whole.length - 30), /is not a jar, or only a part of one/],
  ['a jar without its beginning', () => whole.subarray(50), /.+/],
  [
    'an encrypted entry',
    () => zipOf([{ name: 'a', data: 'x'.repeat(20), lies: { flags: 1, unpackedBytes: 8 } }]),
    /a is encrypted/,
  ],
  ['strong encryption', () => zipOf([{ name: 'a', lies: { flags: 0x41 } }]), /encryption/],
  [
    'a way of packing that Java does not know',
    () => zipOf([{ name: 'a', lies: { method: 14 } }]),
    /can't unpack \(method 14\)/,
  ],
  ['a name that leads up', () => zipOf(['a/../../etc/passwd']), /invalid relative path/],
  ['an absolute name', () => zipOf(['/etc/passwd']), /absolute path/],
  ['a name with a drive', () => zipOf(['C:/windows/x']), /absolute path/],
  ['a name with backslashes', () => zipOf(['..\\..\\x']), /invalid characters/],
  ['a name with a zero byte', () => zipOf(['a.class\0.txt']), /zero byte/],
  ['a very long name', () => zipOf(['a'.repeat(5000)]), /name of 5000 characters/],
  [
    'an entry that grows a thousandfold',
    () => zipOf([{ name: 'zeros', data: zeros, deflate: true }]),
    /zeros grows from \d+ to 73400320 bytes/,
  ],
  [
    'many entries that grow together',
    () =>
      zipOf(Array.from({ length: 80 }, (_, n) => ({ name: `z${n}`, data: zeros.subarray(0, 2 ** 20), deflate: true }))),
    /it grows from \d+ to 83886080 bytes/,
  ],
  [
    'an entry that says to be larger than anything',
    () => zipOf([{ name: 'a', deflate: true, lies: { unpackedBytes: 0xfffffff0 } }]),
    /grows from \d+ to 4294967280/,
  ],
  [
    'an entry that unpacks to more than it says',
    () => zipOf([{ name: POM, data: zeros, deflate: true, lies: { unpackedBytes: 10 } }]),
    /unpacks to more than it says/,
  ],
  [
    'an entry that unpacks to less',
    () => zipOf([{ name: POM, data: 'abc', deflate: true, lies: { unpackedBytes: 10 } }]),
    /not as long as it says/,
  ],
  [
    'data that is not packed as it says',
    () => zipOf([{ name: POM, data: 'not deflated', lies: { method: 8 } }]),
    /can't be unpacked/,
  ],
  [
    'entries that share their data',
    () =>
      zipOf([
        { name: 'a', data: 'x' },
        { name: 'b', data: 'y', lies: { offset: 0 } },
      ]),
    /overlaps/,
  ],
  [
    'an entry that begins within another',
    () =>
      zipOf([
        { name: 'a', data: 'x'.repeat(100) },
        { name: 'b', lies: { offset: 40 } },
      ]),
    /overlaps/,
  ],
  ['an entry beyond the end', () => zipOf([{ name: POM, lies: { offset: 0x7fffffff } }]), /overlaps/],
  ['an entry that is hidden from the count', () => zipOf(['a', 'b'], { count: 1 }), /holds other entries than it says/],
  ['entries that are counted and not there', () => zipOf(['a', 'b'], { count: 3 }), /.+/],
])('%s is refused', async (_, bytes, words) => {
  await expect(inspect(bytes())).rejects.toMatchObject({
    code: 'JAR_INVALID',
    retryable: false,
    message: expect.stringMatching(new RegExp(`^job.jar is not a sound jar: .*${words.source}.*\\. Build it anew`)),
  })
})

test.each<[Partial<JarLimits>, RegExp]>([
  [{ entries: 2 }, /3 entries, 2 is the most/],
  [{ directoryBytes: 60 }, /directory is larger than 60 bytes/],
  [{ unpackedBytes: 100 }, /once unpacked, 100 is the most/],
])('what is larger than the limits %o is refused', async (limits, words) => {
  await expect(inspect(whole, limits)).rejects.toThrow(words)
})

test('jars inside of a jar are not opened', async () => {
  const bomb = zipOf([{ name: 'zeros', data: zeros, deflate: true }])
  expect(await inspect(zipOf([{ name: 'lib/bomb.jar', data: bomb }]))).toMatchObject({ entries: 1, classes: 0 })
})

test('a file that is not there is told from one that is broken', async () => {
  await expect(inspectJar(join(folder, 'none.jar'))).rejects.toMatchObject({
    code: 'FILE_UNAVAILABLE',
    message: expect.stringContaining('none.jar'),
  })
})

test('whatever becomes of its bytes, a jar is read or refused', async () => {
  const damage = fc.record({
    cut: fc.nat(whole.length),
    at: fc.array(fc.nat(whole.length - 1), { maxLength: 4 }),
    byte: fc.nat(255),
  })
  await fc.assert(
    fc.asyncProperty(damage, async ({ cut, at, byte }) => {
      const bytes = Buffer.from(whole)
      for (const offset of at) bytes[offset] = byte
      const inspected = await inspect(cut % 3 === 0 ? bytes.subarray(0, cut) : bytes).catch((error: unknown) => error)
      if (inspected instanceof Error) expect(inspected).toMatchObject({ name: 'Failure', code: 'JAR_INVALID' })
      else expect(inspected).toHaveProperty('entries')
    }),
    { numRuns: 300 },
  )
})
