import { describe, expect, test } from 'vitest'
import { configurationViolations } from './configuration.ts'
import { clusterWarnings, jobWarnings } from './configuration-warnings.ts'
import { LAUNCHER_KEYS, LAUNCHER_VARIABLES, type Treatment } from './launcher.ts'
import { FLINK_RUNTIMES, type FlinkRuntime } from './spec.ts'

const VARIABLE = ['containerized.master.env.', 'containerized.taskmanager.env.']
const WHERES = ['LOCAL', 'KUBERNETES'] as const

const keysOf = (treatment: Treatment): string[] => [
  ...LAUNCHER_KEYS.filter((entry) => entry.treatment === treatment).flatMap(({ names }) =>
    names.map((name) => name.replace(/\*$/, 'ANY')),
  ),
  ...LAUNCHER_VARIABLES.filter((entry) => entry.treatment === treatment).flatMap(({ names }) =>
    names.flatMap((name) => VARIABLE.map((prefix) => prefix + name)),
  ),
]
const violations = (key: string, value = 'x', target: (typeof WHERES)[number] = 'LOCAL') =>
  configurationViolations({ flinkConfiguration: { [key]: value }, scope: 'SESSION', target }).map(
    ({ message }) => message,
  )
const warnings = (
  flinkConfiguration: Record<string, string>,
  runtime: FlinkRuntime = 'FLINK_2_3',
  where: (typeof WHERES)[number] = 'LOCAL',
) => clusterWarnings({ runtime, flinkConfiguration }, where)

describe.each(WHERES)("what Flink's launchers act on, %s", (where) => {
  test('is refused with what to use instead, or told to have no effect, or carried out without a word', () => {
    for (const key of keysOf('REFUSED')) {
      expect(violations(key, 'x', where)).toEqual([expect.stringMatching(/is reserved: ./)])
    }
    for (const key of keysOf('NO_EFFECT')) {
      expect(violations(key, 'x', where)).toEqual([])
      expect(warnings({ [key]: 'x' }, 'FLINK_2_3', where)).toEqual([expect.stringContaining(`${key} has no effect: `)])
    }
    for (const key of keysOf('CARRIED_OUT')) {
      expect(violations(key, 'x', where)).toEqual([])
      expect(warnings({ [key]: 'x' }, 'FLINK_2_3', where)).toEqual([])
    }
  })
})

test('values that change nothing are no matter', () => {
  expect(violations('env.stdout-err.redirect-to-file', 'False')).toEqual([])
  expect(violations('containerized.master.env.STD_REDIRECT_TO_FILE', 'true')).toHaveLength(1)
  expect(warnings({ 'taskmanager.compute.numa': 'false' })).toEqual([])
})

test('what only the scripts of newer versions know is told for older ones', () => {
  for (const key of ['env.log.level', 'env.java.default-opts.all']) {
    const silent = FLINK_RUNTIMES.filter((runtime) => warnings({ [key]: 'x' }, runtime).length === 0)
    expect(silent).toEqual(FLINK_RUNTIMES.slice(2))
    expect(warnings({ [key]: 'x' }, 'FLINK_1_18')).toEqual([expect.stringContaining('from 1.19 on')])
  }
})

test('an old name beside the new one is told to have no effect, as in the scripts', () => {
  expect(warnings({ 'env.java.opts': '-Da' })).toEqual([])
  expect(warnings({ 'env.java.opts': '-Da', 'env.java.opts.all': '-Db' })).toEqual([
    expect.stringMatching(/^env\.java\.opts has no effect/),
  ])
})

test('in a job all of it is told to be the business of the session', () => {
  const keys = [...keysOf('CARRIED_OUT'), ...keysOf('NO_EFFECT')]
  expect(jobWarnings(Object.fromEntries([...keys, 'parallelism.default'].map((key) => [key, 'x'])))).toHaveLength(
    keys.length,
  )
})

test('JVM options may hold variables, and nothing that a shell would carry out', () => {
  for (const value of [
    '-Xlog:gc:${FLINK_LOG_PREFIX}.gc.log -Da=$HOME -Db=${NAME:-other wise}',
    "-Da='$(date)' -Db=\\$(x)",
    '-XX:OnOutOfMemoryError="kill -9 %p"',
  ]) {
    expect(violations('env.java.opts.all', value)).toEqual([])
  }
  for (const value of ['-Da=$(id)', '-Da="$(id)"', '-Da=`id`', '-Da=${X#y}', '-Da=${X:=y}', '-Da=${!X}', '-Da=${']) {
    for (const key of ['env.java.opts', 'env.java.opts.taskmanager', 'env.java.default-opts.jobmanager']) {
      expect(violations(key, value, 'KUBERNETES')).toEqual([expect.stringContaining('Weir runs none')])
    }
  }
})

test('a name that no environment can hold is refused', () => {
  expect(violations('containerized.master.env.A=B')).toEqual([expect.stringContaining('"A=B" is no name')])
  expect(violations('containerized.taskmanager.env.')).toHaveLength(1)
})
