import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { inspectJar } from '../../artifacts/inspect/inspect.ts'
import { type ZipPart, zipOf } from '../../artifacts/inspect/zip.fixture.ts'
import { emptyJar } from '../../flink/jar.ts'
import { createJarChecks, type JarChecks } from './jar-checks.ts'
import { launchFolder, makeFolders } from './paths.ts'
import { type LaunchPlan, writePlan } from './plan-file.ts'
import { eventually, silentLog } from './runtime.fixture.ts'

const cluster = { resource: 'R', generation: 1 }
let root: string
let checks: JarChecks
let reported: number

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-jar-checks-'))
  reported = 0
  checks = createJarChecks({
    dataDir: root,
    log: silentLog,
    onKnown: () => {
      reported += 1
    },
  })
  await mkdir(join(root, 'flink', 'lib'), { recursive: true })
  await makeFolders(launchFolder(root, cluster))
  await jar(join(root, 'flink', 'lib', 'flink-dist.jar'), ['org/apache/flink/Dist.class'])
  return () => rm(root, { recursive: true })
})

async function jar(path: string, parts: (ZipPart | string)[]): Promise<string> {
  await writeFile(path, zipOf(parts))
  return path
}

const sessionJar = (name: string, parts: (ZipPart | string)[]) =>
  jar(join(launchFolder(root, cluster).extra, name), parts)
const jobJar = (parts: (ZipPart | string)[]) => jar(join(root, 'own.jar'), parts)

async function launched(jars: string[], more: Partial<LaunchPlan> = {}): Promise<void> {
  const home = join(root, 'flink')
  const java = { home: '/java', executable: '/java/bin/java', major: 17, version: '17', build: 'x' }
  const none = { jvm: [], dynamic: [] }
  await writePlan(launchFolder(root, cluster), {
    flinkVersion: '1.17.1',
    home,
    java,
    classPath: [join(home, 'lib', 'flink-dist.jar'), ...jars],
    memory: { jobmanager: none, taskmanager: none },
    taskManagerBytes: 0,
    launcher: {},
    inexpressible: [],
    ...more,
  })
}

test("Weir's runner on the class path is none of the caller's jars", async () => {
  const runner = await jar(launchFolder(root, cluster).runner, ['dev/weir/runner/Runner.class'])
  await launched([await sessionJar('a.jar', ['com/example/Job.class']), runner])
  expect(await ask('com.example.Jobs')).toMatch(/a\.jar/)
  expect(await ask('com.example.Jobs')).not.toContain('weir-runner')
})

const ask = (entryClass: string | undefined, own?: string, flinkConfiguration = {}) =>
  checks.entryClass(cluster, {
    flinkConfiguration,
    ...(entryClass !== undefined && { entryClass }),
    ...(own !== undefined && { jar: own }),
  })

const up = { phase: 'UP', reached: true } as const
const known = () => eventually('the jars are known', () => checks.warnings(cluster, up))

/** The first bytes of a class for Java 25. */
const NEW_CLASS = Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 69])

test('what the launch noticed and what the jars hold is told, once it is known', async () => {
  const fat = await sessionJar('fat.jar', [{ name: 'a/B.class', data: NEW_CLASS }])
  const broken = join(launchFolder(root, cluster).extra, 'broken.jar')
  await writeFile(broken, 'no jar')
  const clashes = [{ jar: 'fat.jar', with: 'log4j.jar', count: 2, example: 'org/log4j/Logger.class' }]
  await launched([fat, broken], { warnings: ['another patch version was taken'], clashes })
  expect(await checks.warnings(cluster, up)).toBeUndefined()
  expect(await known()).toEqual([
    'another patch version was taken',
    expect.stringMatching(/^fat\.jar holds classes for Java 25/),
    expect.stringMatching(/^fat\.jar holds 2 classes, such as org\/log4j\/Logger\.class/),
    expect.stringMatching(/^broken\.jar is not a sound jar/),
  ])
  expect(reported).toBe(1)
})

test("what is amiss with a job's own jar is known by the cluster that it is sent to", async () => {
  await launched([])
  const own = await jobJar([{ name: 'a/B.class', data: NEW_CLASS }, 'org/apache/flink/api/common/Plan.class'])
  expect(await checks.ofJar(cluster, own)).toEqual([
    expect.stringMatching(/^own\.jar holds classes for Java 25, and this cluster runs on Java 17/),
    expect.stringMatching(/^own\.jar bundles Flink's own classes/),
  ])
})

test('a cluster that starts is left in peace, and one whose launch failed tells what the launch noticed', async () => {
  const fat = await sessionJar('fat.jar', ['a/B.class'])
  await launched([fat], {
    clashes: [{ jar: 'fat.jar', with: 'log4j.jar', count: 1, example: 'org/log4j/Logger.class' }],
  })
  expect(await checks.warnings(cluster, { phase: 'UP', reached: false })).toBeUndefined()
  expect(await checks.warnings(cluster, { phase: 'PREPARING', reached: true })).toBeUndefined()
  expect(await checks.warnings(cluster, { phase: 'FAILED', reached: true })).toEqual([
    expect.stringContaining('fat.jar holds org/log4j/Logger.class'),
  ])
  expect(reported).toBe(0)
})

test("jars of Flink's own, wherever they are linked from, and a removed cluster are nothing to warn of", async () => {
  const link = join(launchFolder(root, cluster).extra, 'flink-dist.jar')
  await symlink(join(root, 'flink', 'lib', 'flink-dist.jar'), link)
  await launched([link])
  expect(await known()).toEqual([])
  checks.forget('R')
  await rm(launchFolder(root, cluster).conf, { recursive: true })
  expect(await checks.warnings(cluster, { phase: 'FAILED', reached: true })).toBeUndefined()
})

test('an entry class that is in no jar is told with the jars and the nearest names', async () => {
  await launched([
    await sessionJar('a.jar', ['dev/acme/Orders.class', 'dev/acme/Orders$1.class']),
    await sessionJar('b.jar', ['x/Y.class']),
  ])
  const own = await jobJar(['dev/acme/jobs/Orders.class'])
  expect(await ask('dev.acme.Oders', own)).toBe(
    'entryClass dev.acme.Oders is in none of the jars: own.jar, a.jar, b.jar. ' +
      'Nearest: dev.acme.Orders, dev.acme.jobs.Orders. Create the job anew with the right one, or with the jar ' +
      'that has it.',
  )
  expect(await ask('dev.acme.Oders')).toMatch(/none of the jars: a\.jar, b\.jar\. Nearest: dev\.acme\.Orders\. /)
})

test('without a jar of its own the session is told to get one', async () => {
  await launched([])
  expect(await ask('dev.acme.Orders')).toMatch(/neither the session nor the job has a jar.*jarUri/)
})

test.each<[string, () => Promise<string | undefined>]>([
  ["in a session's jar", async () => ask('dev.acme.Orders')],
  ["in the job's own jar", async () => ask('own.Job', await jobJar(['own/Job.class']))],
  ['in the distribution', async () => ask('org.apache.flink.Dist')],
  ['for newer Java only', async () => ask('own.Job', await jobJar(['META-INF/versions/17/own/Job.class']))],
  ['of letters beyond ASCII', async () => ask('own.Jöb', await jobJar(['own/Jöb.class']))],
  ["of a jar within the job's own", async () => ask('any.Where', await jobJar(['lib/inner.jar']))],
  [
    'on a class path of the configuration',
    async () => ask('any.Where', undefined, { 'pipeline.classpaths': 'file:///x/' }),
  ],
  ['of Java itself', async () => ask('sun.tools.jar.Main')],
  [
    "beside a jar that can't be read",
    async () => {
      await writeFile(join(root, 'own.jar'), 'no jar')
      return ask('any.Where', join(root, 'own.jar'))
    },
  ],
  [
    'in a jar that another one names',
    async () => {
      await jar(join(root, 'dependency.jar'), ['any/Where.class'])
      return ask(
        'any.Where',
        await jobJar([{ name: 'META-INF/MANIFEST.MF', data: 'Class-Path: gone.jar dependency.jar\n' }]),
      )
    },
  ],
])('nothing is said of an entry class %s', async (_, question) => {
  await launched([await sessionJar('a.jar', ['dev/acme/Orders.class'])])
  expect(await question()).toBeUndefined()
})

test('a jar that names others which are not there hides nothing', async () => {
  await launched([])
  expect(
    await ask(
      'any.Where',
      await jobJar([{ name: 'META-INF/MANIFEST.MF', data: 'Class-Path: gone.jar lib/x.jar\n' }, 'a/B.class']),
    ),
  ).toMatch(/none of the jars: own\.jar/)
})

test('agents may bring classes, and a launch that is gone tells nothing', async () => {
  await launched([], { launcher: { 'env.java.opts.all': '-javaagent:/x.jar' } })
  expect(await ask('any.Where')).toBeUndefined()
  await rm(launchFolder(root, cluster).conf, { recursive: true })
  expect(await ask('any.Where')).toBeUndefined()
})

test('a job without an entry class needs a manifest that names one', async () => {
  await launched([])
  expect(await ask(undefined, await jobJar(['a/B.class']))).toMatch(
    /no entryClass, and the manifest of own\.jar names no Main-Class\. It holds no class/,
  )
  expect(
    await ask(undefined, await jobJar([{ name: 'META-INF/MANIFEST.MF', data: 'Main-Class: a.B\n' }])),
  ).toBeUndefined()
  expect(
    await ask(undefined, await jobJar([{ name: 'META-INF/MANIFEST.MF', data: 'program-class: a.B\n' }])),
  ).toBeUndefined()
  expect(await ask(undefined)).toBeUndefined()
})

test('the jar that jobs without one are sent with is a sound one', async () => {
  await writeFile(join(root, 'own.jar'), emptyJar())
  expect(await inspectJar(join(root, 'own.jar'))).toMatchObject({ entries: 1, classes: 0 })
})

test('a jar that has changed is looked into again', async () => {
  await launched([])
  expect(await ask(undefined, await jobJar(['a/B.class']))).toBeDefined()
  expect(
    await ask(undefined, await jobJar([{ name: 'META-INF/MANIFEST.MF', data: 'Main-Class: a.B\n' }])),
  ).toBeUndefined()
})
