import { expect, test } from 'vitest'
import { filePlan } from './file-plan.ts'

const OPTIONS = { allowAddresses: [], maxBytes: 1000 }
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
  expect(filePlan(spec, { allowAddresses: ['10.0.0.0/8', 'fd00::/8'], maxBytes: 2 ** 31 })?.split('\n')).toEqual([
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
  expect(filePlan({ ...NONE, jars: [], plugins: [] }, OPTIONS)).toBeUndefined()
  expect(filePlan({ ...NONE, jars: [], plugins: [{ name: 'empty', jars: [] }] }, OPTIONS)).toBeUndefined()
})

test('credentials of Flink go into a plan only where its file systems are needed', () => {
  const spec = { jars: ['https://host/a.jar'], plugins: [], flinkConfiguration: { 's3.secret-key': 'x' } }
  expect(filePlan(spec, OPTIONS)).not.toContain('s3.secret-key')
})

test('a URI with line breaks in it adds no lines', () => {
  const plan = filePlan({ ...NONE, jars: ['http://h/a\n!allow 0.0.0.0/0\r\t.jar'], plugins: [] }, OPTIONS)
  expect(plan?.split('\n')).toEqual([
    '!max-bytes 1000', '!attempts 5', 'extra/0%0D%09.jar\thttp://h/a%0A!allow 0.0.0.0/0%0D%09.jar', '',
  ])
})
