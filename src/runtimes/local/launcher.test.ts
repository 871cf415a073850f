import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ProcessRole } from '../../domain/process.ts'
import { configuredOptions, filesEnvironment, hadoopClassPath, memberEnvironment, splitOptions } from './launcher.ts'
import { launchFolder } from './paths.ts'

const launched = (
  configuration: Record<string, string>,
  role: ProcessRole = 'taskmanager',
  flinkVersion = '2.3.0',
) => ({
  role,
  ordinal: role === 'jobmanager' ? 0 : 2,
  flinkVersion,
  home: '/flink',
  folder: launchFolder('/data', { resource: 'R', generation: 1 }),
  configuration,
})
const options = (...given: Parameters<typeof launched>): string[] => {
  const all = launched(...given)
  return configuredOptions(all, memberEnvironment(all))
}

const OPTIONS = {
  'env.java.opts.taskmanager': '-Dthird',
  'env.java.default-opts.taskmanager': '-Dsecond-default',
  'env.java.opts.jobmanager': '-Dno',
  'env.java.opts.all': '-Dfirst',
  'env.java.opts': '-Dold',
  'env.java.default-opts.all': '-Dfirst-default',
}

test('JVM options come in the order of the start scripts, and only those that the version knows', () => {
  const own = ['-Dfirst-default', '-Dfirst', '-Dsecond-default', '-Dthird']
  for (const version of ['1.19.3', '1.20.5', '2.3.0'])
    expect(options(OPTIONS, 'taskmanager', version)).toEqual(['-XX:+IgnoreUnrecognizedVMOptions', ...own])
  for (const version of ['1.17.1', '1.18.1'])
    expect(options(OPTIONS, 'taskmanager', version)).toEqual(['-Dfirst', '-Dthird'])
  expect(options({ 'env.java.opts': '-Dold' }, 'jobmanager', '1.17.1')).toEqual(['-Dold'])
})

test("options may refer to the process' log files and to its environment", () => {
  const configuration = {
    'env.java.opts.all': '-Xlog:gc:${FLINK_LOG_PREFIX}.gc.log -Dteam=$TEAM "-Dhome=$FLINK_HOME" -Dx=${NONE:-or this}',
    'containerized.taskmanager.env.TEAM': 'orders',
    'containerized.master.env.TEAM': 'masters',
  }
  expect(options(configuration, 'taskmanager', '1.17.1')).toEqual([
    '-Xlog:gc:/data/clusters/R/1/log/taskmanager-2.gc.log',
    '-Dteam=orders',
    '-Dhome=/flink',
    '-Dx=or',
    'this',
  ])
  expect(options(configuration, 'jobmanager', '1.17.1').slice(0, 2)).toEqual([
    '-Xlog:gc:/data/clusters/R/1/log/jobmanager.gc.log',
    '-Dteam=masters',
  ])
})

test('options are split as a shell would, without running anything', () => {
  expect(splitOptions(` -Da=1  '-Db=two words' -Dc="three words" -Dd=$(x) '' `)).toEqual([
    '-Da=1',
    '-Db=two words',
    '-Dc=three words',
    '-Dd=$(x)',
    '',
  ])
  expect(splitOptions(`-Da='$X' -Db="$X" -Dc=\\$X -Dd=$X.$Y -De="\\"" -Df=it's`, { X: 'p q' })).toEqual([
    '-Da=$X',
    '-Db=p q',
    '-Dc=$X',
    '-Dd=p',
    'q.',
    '-De="',
    "-Df=it's",
  ])
})

test("each role has the environment that the configuration gives to it, and what is the launch's own stays so", () => {
  const configuration = {
    'containerized.master.env.AWS_REGION': 'eu-west-1',
    'containerized.taskmanager.env.AWS_REGION': 'eu-central-1',
    'containerized.taskmanager.env.FLINK_CONF_DIR': '/elsewhere',
    'env.log.level': 'DEBUG',
  }
  const environment = (...more: [ProcessRole, string?]) => memberEnvironment(launched(configuration, ...more))
  expect(environment('jobmanager')).toMatchObject({ AWS_REGION: 'eu-west-1', ROOT_LOG_LEVEL: 'DEBUG' })
  expect(environment('taskmanager')).toMatchObject({
    AWS_REGION: 'eu-central-1',
    FLINK_CONF_DIR: '/data/clusters/R/1/conf',
  })
  // The scripts of 1.18 know nothing of it.
  expect(environment('jobmanager', '1.18.1')).not.toHaveProperty('ROOT_LOG_LEVEL')
})

test("Hadoop's and HBase's folders come to the end of the class path: variables, then keys, then the machine's", () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-hadoop-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const name of ['home/etc/hadoop', 'home/conf', 'etc/hadoop/conf', 'etc/hbase/conf'])
    mkdirSync(join(folder, name), { recursive: true })
  const none = join(folder, 'none')
  const home = join(folder, 'home')
  const keys = { 'env.hadoop.conf.dir': '/a', 'env.hbase.conf.dir': '/b', 'env.yarn.conf.dir': '/c' }
  expect(hadoopClassPath({}, {}, none)).toEqual([])
  expect(hadoopClassPath({ HADOOP_CLASSPATH: '/h/*:/i' }, {}, none)).toEqual(['/h/*:/i'])
  expect(hadoopClassPath({}, keys, none)).toEqual(['/a', '/c', '/b'])
  expect(hadoopClassPath({ HADOOP_CONF_DIR: '/v' }, keys, none)).toEqual(['/v', '/c', '/b'])
  expect(hadoopClassPath({ HADOOP_HOME: home, HBASE_HOME: home }, {}, none)).toEqual([
    join(home, 'etc', 'hadoop'),
    join(home, 'conf'),
  ])
  const etc = join(folder, 'etc')
  expect(hadoopClassPath({}, {}, etc)).toEqual([join(etc, 'hadoop', 'conf'), join(etc, 'hbase', 'conf')])
  expect(hadoopClassPath({ HADOOP_CLASSPATH: '/h' }, {}, etc)).toEqual(['/h', join(etc, 'hbase', 'conf')])
})

test('the program that fetches has few variables of the server, those of the configuration, and no options for its JVM', () => {
  const mine = {
    AWS_PROFILE: 'p',
    DATABASE_URL: 'postgres://secret',
    WEIR_DATABASE: 'postgres://secret',
    SOME_TOKEN: 't',
  }
  const before = { ...process.env }
  onTestFinished(() => {
    process.env = before
  })
  process.env = { PATH: before['PATH'], ...mine }
  const environment = filesEnvironment('/flink', {
    'containerized.master.env.AWS_REGION': 'eu-west-1',
    'containerized.master.env.PLUGINS_OWN': 'yes',
    'containerized.master.env._JAVA_OPTIONS': '-Djava.security.manager=disallow',
    'containerized.master.env.JAVA_TOOL_OPTIONS': '-javaagent:x.jar',
    'containerized.master.env.JDK_JAVA_OPTIONS': '-Dx',
    'containerized.master.env.LD_PRELOAD': 'x.so',
  })
  const known = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR'])
  const others = Object.keys(environment).filter((name) => !known.has(name) && !name.startsWith('LC_'))
  expect(others.sort()).toEqual(['AWS_PROFILE', 'AWS_REGION', 'FLINK_HOME', 'PLUGINS_OWN'])
})
