/**
 * Sessions and session jobs on Kubernetes: Weir against `kubectl apply` of a FlinkDeployment and a FlinkSessionJob of
 * the same sizes in the same cluster, rounds that alternate. And what Weir asks of the API server at rest.
 *
 *   npm run bench:kubernetes                            five rounds, on the cluster that the tests' variables name
 *   npm run bench:kubernetes -- --rounds 1 --idle 30
 *   npm run bench:kubernetes -- --only many --many 200  sessions without pods: any API server with the operator's CRDs
 *
 * It takes the variables of `npm run test:kubernetes` (tests/support/kubernetes.ts). The entry class must be in the
 * image.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { operatorVersion } from '../src/runtimes/kubernetes/images.ts'
import { type FlinkDeployment, type Pod, paths } from '../src/runtimes/kubernetes/objects.ts'
import { kubeconfig } from '../tests/support/kubeconfig.ts'
import {
  SERVICE_ACCOUNT,
  SMALL_CLUSTER,
  testCluster,
  testImages,
  testNamespaces,
  testRuntime,
} from '../tests/support/kubernetes.ts'
import { cpuSeconds, until } from './flink.ts'
import { aimsTable, median, rounds as roundsOf, table } from './report.ts'
import { remove, startServer, untilState, type WeirServer } from './weir.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    'entry-class': { type: 'string', default: 'e2e.CounterJob' },
    idle: { type: 'string', default: '60' },
    many: { type: 'string', default: '0' },
    only: { type: 'string', default: 'start,many' },
    write: { type: 'boolean', default: false },
  },
})

const say = (text: string) => process.stderr.write(`${text}\n`)
const runtime = testRuntime()
const image = testImages().find(([name]) => name === runtime)?.[1]
const [namespace = '', other = ''] = testNamespaces()
const cluster = testCluster()
const { api } = cluster

/** In seconds. */
interface Times {
  cluster: number
  job: number
  /** A second job in the same session, whose TaskManager has a free slot. */
  warmJob: number
  remove: number
}

const KINDS: Record<keyof Times, string> = {
  cluster: 'session -> ready',
  job: 'first job -> RUNNING',
  warmJob: 'second job -> RUNNING',
  remove: 'delete -> nothing left',
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

// --- Weir
// -----------------------------------------------------------------------------------------------------------------

async function prepare(server: WeirServer, target: string): Promise<string> {
  const { id } = (await server.api('POST', '/api/org/v1/clusters', {
    name: `cluster ${target}`,
    kubeClusterConfig: kubeconfig(),
  })) as { id: string }
  const workspace = { name: target, kubeClusterId: id, kubeNamespace: target, kubeServiceAccount: SERVICE_ACCOUNT }
  const { id: ws } = (await server.api('POST', '/api/org/v1/workspaces', workspace)) as { id: string }
  return `/api/flink/v1/workspaces/${ws}/sessions`
}

const sessionBody = (name: string, cpu?: number) => ({
  name,
  runtime,
  jars: [],
  plugins: [],
  logConfiguration: {},
  jobManagerResource: { ...SMALL_CLUSTER.jobManagerResource, ...(cpu !== undefined && { cpu }) },
  taskManagerResource: SMALL_CLUSTER.taskManagerResource,
  flinkConfiguration: { ...SMALL_CLUSTER.flinkConfiguration, 'taskmanager.numberOfTaskSlots': '2' },
})

async function byWeir(server: WeirServer, sessions: string): Promise<Times> {
  const post = async (path: string, body: unknown): Promise<string> =>
    ((await server.api('POST', path, body)) as { id: string }).id
  let session = ''
  const clusterTime = await timed(async () => {
    session = `${sessions}/${await post(sessions, sessionBody('bench'))}`
    await untilState(server, session, 'RUNNING')
  })
  const job = (name: string) =>
    timed(async () => {
      const id = await post(`${session}/jobs`, {
        name,
        flinkConfiguration: {},
        job: { entryClass: flags['entry-class'], args: [] },
      })
      await untilState(server, `${session}/jobs/${id}`, 'RUNNING')
    })
  const times = { cluster: clusterTime, job: await job('one'), warmJob: await job('two') }
  return { ...times, remove: await timed(() => remove(server, session, '?cascade=true')) }
}

// --- The operator alone
// ---------------------------------------------------------------------------------------------------

interface SessionJob {
  metadata: { name: string }
  status?: { jobStatus?: { state?: string } }
}
const sessionJobs = (target: string) => paths.deployments(target).replace('flinkdeployments', 'flinksessionjobs')

async function byKubectl(target: string): Promise<Times> {
  const name = 'bench-by-hand'
  const path = paths.deployment(target, name)
  const resource = { memory: '1024m', cpu: 0.1 }
  const clusterTime = await timed(async () => {
    await apply(path, {
      kind: 'FlinkDeployment',
      metadata: { name },
      spec: {
        image,
        imagePullPolicy: 'IfNotPresent',
        flinkVersion: operatorVersion(runtime),
        serviceAccount: SERVICE_ACCOUNT,
        flinkConfiguration: { ...SMALL_CLUSTER.flinkConfiguration, 'taskmanager.numberOfTaskSlots': '2' },
        jobManager: { resource },
        taskManager: { resource },
      },
    })
    await until(
      'the FlinkDeployment is READY',
      async () => (await api.get<FlinkDeployment>(path)).status?.jobManagerDeploymentStatus === 'READY',
    )
  })
  const job = (jobName: string) =>
    timed(async () => {
      const jobPath = `${sessionJobs(target)}/${jobName}`
      const spec = {
        deploymentName: name,
        job: { entryClass: flags['entry-class'], args: [], parallelism: 1, upgradeMode: 'stateless', state: 'running' },
      }
      await apply(jobPath, { kind: 'FlinkSessionJob', metadata: { name: jobName }, spec })
      await until(
        'the FlinkSessionJob is RUNNING',
        async () => (await api.get<SessionJob>(jobPath)).status?.jobStatus?.state === 'RUNNING',
      )
    })
  const times = { cluster: clusterTime, job: await job('one'), warmJob: await job('two') }
  const removeTime = await timed(async () => {
    await Promise.all(['one', 'two'].map((jobName) => api.delete(`${sessionJobs(target)}/${jobName}`)))
    await until('the jobs are gone', async () => (await api.list(sessionJobs(target))).items.length === 0)
    await api.delete(path)
    await until(
      'nothing is left',
      async () =>
        (await api.find(path)) === undefined &&
        (await api.list<Pod>(paths.pods(target), { labelSelector: `app=${name}` })).items.length === 0,
    )
  })
  return { ...times, remove: removeTime }
}

const apply = (path: string, body: object): Promise<unknown> =>
  api.apply(path, { apiVersion: 'flink.apache.org/v1beta1', ...body }, { fieldManager: 'bench', force: true })

// --- At rest
// --------------------------------------------------------------------------------------------------------------

async function requests(server: WeirServer): Promise<number> {
  const text = await server.metrics()
  return Number(/^weir_kubernetes_requests (\d+)/m.exec(text)?.[1] ?? Number.NaN)
}

/** Requests to the API server per minute, and CPU seconds of the server per minute, while nothing happens. */
async function atRest(server: WeirServer): Promise<{ perMinute: number; cpuPerMinute: number }> {
  const idle = Number(flags.idle)
  const [before, cpu] = [await requests(server), cpuSeconds([server.pid])]
  await sleep(idle * 1000)
  return {
    perMinute: (((await requests(server)) - before) * 60) / idle,
    cpuPerMinute: ((cpuSeconds([server.pid]) - cpu) * 60) / idle,
  }
}

/** A session and a job that run, against the same server before it had any. */
async function restOfOne(server: WeirServer, sessions: string): Promise<string[][]> {
  const empty = await atRest(server)
  const id = ((await server.api('POST', sessions, sessionBody('rest'))) as { id: string }).id
  await untilState(server, `${sessions}/${id}`, 'RUNNING')
  const one = await atRest(server)
  const job = (
    (await server.api('POST', `${sessions}/${id}/jobs`, {
      name: 'rest',
      flinkConfiguration: {},
      job: { entryClass: flags['entry-class'], args: [] },
    })) as { id: string }
  ).id
  await untilState(server, `${sessions}/${id}/jobs/${job}`, 'RUNNING')
  const both = await atRest(server)
  await remove(server, `${sessions}/${id}`, '?cascade=true')
  const row = (what: string, { perMinute, cpuPerMinute }: typeof empty): string[] => [
    what,
    perMinute.toFixed(0),
    cpuPerMinute.toFixed(1),
  ]
  return [row('a workspace without sessions', empty), row('one session', one), row('one session with one job', both)]
}

/** Sessions that no node has room for: their objects are watched, no JVM is started. */
async function restOfMany(server: WeirServer, sessions: string, count: number): Promise<string[][]> {
  const made = await Promise.all(
    Array.from(
      { length: count },
      async (_, i) =>
        `${sessions}/${((await server.api('POST', sessions, sessionBody(`many ${i}`, 640))) as { id: string }).id}`,
    ),
  )
  await until(
    'all are applied',
    async () => (await api.list<FlinkDeployment>(paths.deployments(namespace))).items.length >= count,
  )
  const { perMinute, cpuPerMinute } = await atRest(server)
  say(
    `${count} sessions: ${perMinute.toFixed(0)} requests and ${cpuPerMinute.toFixed(1)} CPU s a minute; deleting ` +
      `them takes the operator its time ...`,
  )
  for (const path of made) await remove(server, path, '?force=true')
  return [[`${count} sessions that wait for a node`, perMinute.toFixed(0), cpuPerMinute.toFixed(1)]]
}

// --- The run
// --------------------------------------------------------------------------------------------------------------

async function measure(server: WeirServer): Promise<string> {
  const sessions = await prepare(server, namespace)
  const only = new Set(flags.only.split(','))
  const parts: string[] = []
  const rest: string[][] = []
  if (only.has('start')) {
    const weir: Times[] = []
    const hand: Times[] = []
    for (let round = 1; round <= Number(flags.rounds); round++) {
      weir.push(await byWeir(server, sessions))
      hand.push(await byKubectl(other))
      say(`round ${round}: Weir ${JSON.stringify(weir.at(-1))}, by hand ${JSON.stringify(hand.at(-1))}`)
    }
    parts.push(comparison(weir, hand))
    rest.push(...(await restOfOne(server, sessions)))
  }
  if (only.has('many') && Number(flags.many) > 0) rest.push(...(await restOfMany(server, sessions, Number(flags.many))))
  if (rest.length > 0) {
    const figures = table(['what', 'requests a minute', 'CPU s a minute'], rest)
    parts.push(`## At rest\n\n${figures}\n\nRequests to the API server, those to Flink through it among them.`)
  }
  return parts.join('\n\n')
}

function comparison(weir: readonly Times[], hand: readonly Times[]): string {
  const keys = Object.keys(KINDS) as (keyof Times)[]
  const rows = keys.flatMap((key) => [
    [KINDS[key], 'Weir', ...roundsOf(weir.map((times) => times[key]))],
    [KINDS[key], 'kubectl apply', ...roundsOf(hand.map((times) => times[key]))],
  ])
  const ratio = (key: keyof Times): number =>
    median(weir.map((times, i) => times[key] / (hand[i]?.[key] ?? Number.NaN)))
  const aims = aimsTable([
    { what: KINDS.cluster, value: ratio('cluster'), unit: 'x', most: 1.05 },
    { what: KINDS.job, value: ratio('job'), unit: 'x', most: 0.3 },
    { what: KINDS.warmJob, value: ratio('warmJob'), unit: 'x', most: 0.3 },
    { what: KINDS.remove, value: ratio('remove'), unit: 'x', most: 1.05 },
  ])
  return (
    `## Against the operator alone\n\n${table(['what', 'way', 'median s', 'rounds'], rows)}\n\n${aims}\n\n` +
    "Weir's ends are those that its API tells; the operator's those in the status of its resources. Ratios are " +
    "medians of the rounds' ratios."
  )
}

const work = await mkdtemp(join(tmpdir(), 'weir-bench-'))
const imageFlags = image === undefined ? [] : ['--image', `${runtime}=${image}`]
const server = await startServer(join(work, 'data'), work, { flags: imageFlags })
try {
  const text = await measure(server)
  const command = `npm run bench:kubernetes -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, '')
  const day = new Date().toISOString().slice(0, 10)
  const { gitVersion } = await api.get<{ gitVersion: string }>('/version')
  const setting = `\`${command}\` on ${day}, Kubernetes ${gitVersion}, ${runtime}, ${flags.rounds} rounds.`
  const document = `# Results on Kubernetes\n\n${setting}\n\n${text}\n`
  process.stdout.write(`${document}\n`)
  if (flags.write) await writeFile(resolve(import.meta.dirname, 'RESULTS-KUBERNETES.md'), document)
} finally {
  await server.stop()
  await cluster.close()
  await rm(work, { recursive: true, force: true })
}
