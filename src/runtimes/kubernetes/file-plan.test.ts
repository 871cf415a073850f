import { expect, test } from 'vitest'
import type { FileLocation } from '../../artifacts/artifacts.ts'
import { filePlan } from './file-plan.ts'

const OPTIONS = { allowAddresses: [], maxBytes: 1000 }
const NOWHERE_ELSE = new Map()
const NONE = { flinkConfiguration: {} }

test('plugins come before jars, each under its own name', () => {
  const spec = {
    flinkConfiguration: { 's3.secret-key': 'a\tb\\c', 'taskmanager.numberOfTaskSlots': '1' },
    jars: ['s3://bucket/flink-job.jar', 'https://user:pw@host/a/b.jar?sig=1#x'],
    plugins: [
      { name: 'flink-s3-hadoop', jars: ['/opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar'] },
      { name: 'two', jars: ['local:///opt/a.jar', 'maven:g:a:1.0'] },
    ],
  }
  expect(
    filePlan(spec, NOWHERE_ELSE, { allowAddresses: ['10.0.0.0/8', 'fd00::/8'], maxBytes: 2 ** 31 })?.split('\n'),
  ).toEqual([
    '!max-bytes 2147483648',
    '!attempts 5',
    '!allow 10.0.0.0/8',
    '!allow fd00::/8',
    '!flink\ts3.secret-key\ta\\tb\\\\c',
    'plugins/flink-s3-hadoop/flink-s3-fs-hadoop-1.17.1.jar\t/opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar',
    'plugins/two/a.jar\tlocal:///opt/a.jar',
    'plugins/two/a-1.0.jar\tmaven:g:a:1.0',
    'extra/flink-job.jar\ts3://bucket/flink-job.jar',
    'extra/b.jar\thttps://user:pw@host/a/b.jar?sig=1#x',
    '',
  ])
})

test('a session without files has no plan', () => {
  expect(filePlan({ ...NONE, jars: [], plugins: [] }, NOWHERE_ELSE, OPTIONS)).toBeUndefined()
  expect(filePlan({ ...NONE, jars: [], plugins: [{ name: 'empty', jars: [] }] }, NOWHERE_ELSE, OPTIONS)).toBeUndefined()
})

test('what is found elsewhere comes from there, with the sum that it must have', () => {
  const located = new Map<string, FileLocation>([
    ['maven:g:a:1.0', { url: 'https://repo/a-1.0.jar', sum: { algorithm: 'sha1', hex: 'ab' }, trusted: true }],
    ['https://host/b.jar#sha256=cd', { url: 'https://host/b.jar', sum: { algorithm: 'sha256', hex: 'cd' } }],
  ])
  expect(
    filePlan({ ...NONE, jars: [...located.keys()], plugins: [] }, located, OPTIONS)
      ?.split('\n')
      .slice(2),
  ).toEqual([
    'extra/a-1.0.jar\thttps://repo/a-1.0.jar\tSHA-1:ab\ttrusted',
    'extra/b.jar\thttps://host/b.jar\tSHA-256:cd',
    '',
  ])
})

test('credentials of Flink go into a plan only where its file systems are needed', () => {
  const spec = { jars: ['https://host/a.jar'], plugins: [], flinkConfiguration: { 's3.secret-key': 'x' } }
  expect(filePlan(spec, NOWHERE_ELSE, OPTIONS)).not.toContain('s3.secret-key')
})

test('a URI with line breaks in it adds no lines', () => {
  const plan = filePlan({ ...NONE, jars: ['http://h/a\n!allow 0.0.0.0/0\r\t.jar'], plugins: [] }, NOWHERE_ELSE, OPTIONS)
  expect(plan?.split('\n')).toEqual([
    '!max-bytes 1000',
    '!attempts 5',
    'extra/0.jar\thttp://h/a%0A!allow 0.0.0.0/0%0D%09.jar',
    '',
  ])
})
