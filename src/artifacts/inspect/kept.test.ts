/** What is kept of a jar is small, whatever is in it, and says what it leaves out. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Failure } from '../../domain/failure.ts'
import type { JarInspection } from '../../domain/jar.ts'
import { inspectJar } from './inspect.ts'
import { inspectOnThread } from './on-thread.ts'
import { type ZipPart, zipOf } from './zip.fixture.ts'

function jarOf(parts: readonly ZipPart[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-kept-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'job.jar'), zipOf(parts))
  return join(folder, 'job.jar')
}

/** A class file with a public static void main(String[]), and that many more methods of the same name. */
function classFile(name: string, { methods = 1, methodName = 'main' } = {}): Buffer {
  const text = (value: string) =>
    Buffer.concat([Buffer.from([1, value.length >> 8, value.length & 255]), Buffer.from(value)])
  const u2 = (...values: number[]) => Buffer.from(values.flatMap((value) => [value >> 8, value & 255]))
  const pool = [text(name), Buffer.from([7, 0, 1]), text(methodName), text('([Ljava/lang/String;)V')]
  const method = u2(0x0009, 3, 4, 0)
  return Buffer.concat([
    Buffer.from([0xca, 0xfe, 0xba, 0xbe]),
    u2(0, 55, pool.length + 1),
    ...pool,
    u2(0x0021, 2, 0, 0, 0, methods),
    ...Array.from({ length: methods }, () => method),
    u2(0),
  ])
}

const bytesOf = (inspection: JarInspection): number => Buffer.byteLength(JSON.stringify(inspection))
const packed = (name: string, data: Buffer | string): ZipPart => ({ name, data, deflate: true })

test('a small jar with names of megabytes makes a small row', async () => {
  const long = 'x'.repeat(60_000)
  const jar = jarOf([
    packed('META-INF/MANIFEST.MF', `Main-Class: ${long}\nClass-Path: ${'a.jar '.repeat(900)}\n\n`),
    packed(
      'META-INF/services/org.apache.flink.table.factories.Factory',
      Array.from({ length: 10 }, (_, n) => `${long}.F${n}TableFactory`).join('\n'),
    ),
    ...Array.from({ length: 120 }, (_, n) => packed(`A${n}.class`, classFile(`${long}${n}`))),
    ...Array.from({ length: 300 }, (_, n) => packed(`B${n}.class`, classFile(`b/Main${n}`))),
    ...Array.from({ length: 150 }, (_, n) => packed(`META-INF/S${n}.SF`, 's')),
    ...Array.from({ length: 150 }, (_, n) => packed(`META-INF/S${n}.RSA`, 's')),
  ])
  const inspection = await inspectJar(jar)
  expect(bytesOf(inspection)).toBeLessThan(64 * 1024)
  expect(inspection.entryClasses).toHaveLength(100)
  expect(inspection.mainClass).toMatch(/^x{1024}… \(60000 characters\)$/)
  expect(inspection.notListed).toEqual({ classPath: 800, entryClasses: 320, connectors: 10, signers: 50 })
})

test('of an ordinary jar everything is listed', async () => {
  const inspection = await inspectJar(jarOf([packed('dev/acme/Job.class', classFile('dev/acme/Job'))]))
  expect(inspection).toMatchObject({ entryClasses: ['dev.acme.Job'], classes: 1 })
  expect(inspection.notListed).toBeUndefined()
})

test('a class of sixty thousand methods with one long name costs no more than its bytes', async () => {
  const jar = jarOf([packed('A.class', classFile('A', { methods: 60_000, methodName: 'm'.repeat(60_000) }))])
  const { user } = process.cpuUsage()
  expect((await inspectJar(jar)).entryClasses).toEqual([])
  // Each of the names read as text would be 3.6 GB.
  expect((process.cpuUsage().user - user) / 1e6).toBeLessThan(1)
})

test('on a thread of its own it finds the same and fails in the same words', async () => {
  const jar = jarOf([packed('dev/acme/Job.class', classFile('dev/acme/Job'))])
  expect(await inspectOnThread(jar)).toEqual(await inspectJar(jar))
  writeFileSync(jar, 'no jar')
  const [here, there] = await Promise.all(
    [inspectJar(jar), inspectOnThread(jar)].map((inspection) => inspection.catch((error: Failure) => error)),
  )
  expect(there).toMatchObject({ name: 'Failure', code: 'JAR_INVALID', message: (here as Failure).message })
})
