import { expect, test } from 'vitest'

import { type MemberCommand, memberCommand, quoteArgument } from './command.ts'
import { launchFolder } from './paths.ts'

const member: MemberCommand = {
  installation: 'I1',
  uuid: 'U1',
  role: 'jobmanager',
  ordinal: 0,
  java: { home: '/java', executable: '/java/bin/java', major: 17, version: '17.0.15', build: 'x' },
  flinkVersion: '1.17.1',
  home: '/flink',
  folder: launchFolder('/data', { resource: 'R', generation: 1 }),
  classPath: ['/flink/lib/a.jar', '/flink/lib/b.jar'],
  memory: { jvm: ['-Xmx1'], dynamic: ['jobmanager.memory.heap.size=1b'] },
  configuration: {},
  inexpressible: [],
  sharing: [],
  resourceId: 'R-1-taskmanager-1',
}

test('a command line names its installation and its process', () => {
  expect(memberCommand(member).args.slice(0, 2)).toEqual(['-Dweir.installation=I1', '-Dweir.process=U1'])
})

test('what reads more than a path into a path is told one without the folders above, whatever they are called', () => {
  const folder = launchFolder('/my a%20b dätä/${x} %p', { resource: 'R', generation: 1 })
  const { args, cwd } = memberCommand({ ...member, folder })
  expect(cwd).toBe(folder.root)
  expect(args).toEqual(
    expect.arrayContaining([
      '-XX:ErrorFile=log/jobmanager-crash.log',
      '-Dlog.file=log/jobmanager.log',
      '-Dlog4j.configurationFile=conf/log4j-console.properties',
    ]),
  )
})

test('a class path that Java would divide elsewhere is no command line', () => {
  expect(() => memberCommand({ ...member, classPath: ['/flink/lib/a.jar', '/data/a:b.jar'] })).toThrow(
    /"\/data\/a:b\.jar" can't be on Java's class path/,
  )
})

test('no configuration of the caller is on a command line', () => {
  const command = memberCommand({
    ...member,
    configuration: { 's3.secret-key': 'hush', 'env.java.opts.all': '-Dpassword=hush "-Dtitle=a b"' },
    inexpressible: [['s3.other-key', 'hush#hush']],
  })
  expect(command.args.join(' ')).not.toContain('hush')
  expect(command.args.at(-1)).toBe('@/data/clusters/R/1/conf/jobmanager.args')
  expect(command.argumentFile?.text.split('\n').slice(0, 2)).toEqual(['"-Dpassword=hush"', '"-Dtitle=a b"'])
  expect(command.argumentFile?.text).toContain('"s3.other-key=hush#hush"')
})

test("the caller's JVM options come after ours, and before what is not theirs to say", () => {
  const { args } = memberCommand({ ...member, configuration: { 'env.java.opts.all': '-Dlog.file=/elsewhere' } })
  const file = args.indexOf('@/data/clusters/R/1/conf/jobmanager.args')
  expect(file).toBeGreaterThan(args.indexOf('-XX:TieredStopAtLevel=1'))
  expect(args.indexOf('-Dlog.file=log/jobmanager.log')).toBeGreaterThan(file)
  expect(args.indexOf('-classpath')).toBeGreaterThan(file)
})

test("a garbage collector of the caller's choice takes the place of ours", () => {
  const args = (options: string) =>
    memberCommand({ ...member, configuration: { 'env.java.opts.jobmanager': options } }).args
  expect(args('-XX:+UseParallelGC')).not.toContain('-XX:+UseSerialGC')
  expect(args('-Dx')).toContain('-XX:+UseSerialGC')
})

test('large heaps are left to the collector that the JVM chooses', () => {
  const serial = (heap: number) =>
    memberCommand({ ...member, memory: { jvm: [`-Xmx${heap}`], dynamic: [] } }).args.includes('-XX:+UseSerialGC')
  expect([2 ** 28, 2 ** 30, 2 ** 31].map(serial)).toEqual([true, true, false])
})

test('the security manager is asked for only where Java still has one and refuses it by default', () => {
  const has = (major: number) =>
    memberCommand({ ...member, java: { ...member.java, major } }).args.includes('-Djava.security.manager=allow')
  expect([11, 17, 21, 24, 25].map(has)).toEqual([false, true, true, false, false])
})

test("the server's own settings are not handed to user code", () => {
  process.env['WEIR_TEST_SECRET'] = 'hush'
  const { env } = memberCommand(member)
  delete process.env['WEIR_TEST_SECRET']
  expect(env).not.toHaveProperty('WEIR_TEST_SECRET')
  expect(env).toMatchObject({
    FLINK_HOME: '/flink',
    FLINK_PLUGINS_DIR: '/data/clusters/R/1/plugins',
    PATH: process.env['PATH'],
  })
})

test('an argument is quoted as the java launcher reads files', () => {
  expect(quoteArgument('a "b" \\ c\nd')).toBe('"a \\"b\\" \\\\ c\\nd"')
})

test('JobManagers have the quick compiler alone; TaskManagers have both, and compile what has run a while', () => {
  const optionsOf = (role: MemberCommand['role']) => memberCommand({ ...member, role }).args
  expect(optionsOf('jobmanager')).toContain('-XX:TieredStopAtLevel=1')
  expect(optionsOf('taskmanager')).toContain('-XX:CompileThresholdScaling=4')
  expect(optionsOf('taskmanager').join(' ')).not.toContain('TieredStopAtLevel')
})
