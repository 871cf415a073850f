/**
 * What the older Weir makes before another takes over: something of every kind that it knows, in every table that it
 * has. A later issue whose Weir is to be upgraded from, with more than this, adds it here.
 */
import { readFileSync } from 'node:fs'
import { inject } from 'vitest'
import type { WeirClient, WeirResult } from '../../src/api/client/client.ts'
import type { FlinkSessionSpec } from '../../src/api/client/generated/types.gen.ts'
import { COUNTER } from './exact-counter.ts'
import { jobSpec, sessionSpec, untilJob, untilSession } from './scenario.ts'
import { type KubernetesInMemory, NAMESPACE } from './upgrade-kubernetes.ts'
import { until } from './wait.ts'
import { data, testFolder, type Weir } from './weir.ts'

export interface Made {
  /** On this machine, with jobs. */
  session: string
  /** Has checkpoints as it goes, and another name than it was made with. */
  counter: string
  /** Has one checkpoint, and makes no other by itself. */
  rare: string
  finished: string
  failed: string
  /** A session on this machine that is ready to be deleted. */
  leaving: string
  /** A further workspace on this machine, renamed. */
  team: string
  kubeCluster: string
  kubeWorkspace: string
  kubeSession: string
  artifact: string
  /** Where the two counters write. */
  folders: { counter: string; rare: string }
  /**
   * Each request that made something, once more: the ID that it answered, and the ID or the error code that it answers
   * now.
   */
  repeated(client: WeirClient): Promise<{ first: string[]; again: string[] }>
}

type Post = (client: WeirClient, headers: { 'idempotency-key': string }) => Promise<WeirResult<{ id: string }>>

export async function makeAll(weir: Weir, kubernetes: KubernetesInMemory): Promise<Made> {
  const asked: { id: string; again(client: WeirClient): Promise<string> }[] = []
  const make = async (post: Post): Promise<string> => {
    const headers = { 'idempotency-key': `upgrade-${crypto.randomUUID()}` }
    const again = async (client: WeirClient) => {
      const answer = await post(client, headers)
      return answer.ok ? answer.data.id : answer.error.code
    }
    const { id } = data(await post(weir.client, headers))
    asked.push({ id, again })
    return id
  }
  const onKubernetes = await makeOnKubernetes(make, kubernetes)
  const onThisMachine = await makeOnThisMachine(weir, make)
  return {
    ...onKubernetes,
    ...onThisMachine,
    repeated: async (client) => ({
      first: asked.map(({ id }) => id),
      again: await Promise.all(asked.map(({ again }) => again(client))),
    }),
  }
}

async function makeOnKubernetes(make: (post: Post) => Promise<string>, kubernetes: KubernetesInMemory) {
  const kubeCluster = await make((client, headers) =>
    client.createCluster({ headers, body: { name: 'in memory', kubeClusterConfig: kubernetes.config } }),
  )
  const kubeWorkspace = await make((client, headers) =>
    client.createWorkspace({
      headers,
      body: {
        name: 'on Kubernetes',
        kubeClusterId: kubeCluster,
        kubeNamespace: NAMESPACE,
        kubeServiceAccount: 'flink',
      },
    }),
  )
  const kubeSession = await make((client, headers) =>
    client.createFlinkSession({
      headers,
      path: { ws: kubeWorkspace },
      body: { ...sessionSpec('FLINK_1_18'), jars: [], labels: { team: 'upgrades' } },
    }),
  )
  return { kubeCluster, kubeWorkspace, kubeSession }
}

async function makeOnThisMachine(weir: Weir, make: (post: Post) => Promise<string>) {
  const path = { ws: weir.workspace }
  const team = await make((client, headers) => client.createWorkspace({ headers, body: { name: 'team' } }))
  data(await weir.client.updateWorkspace({ path: { ws: team }, body: { name: 'team, renamed' } }))
  const jar = new Blob([readFileSync(inject('jars').tests)])
  const artifact = await make((client, headers) =>
    client.uploadArtifact({ headers, path, query: { name: 'jobs.jar' }, body: jar }),
  )
  const makeSession = (body: FlinkSessionSpec) =>
    make((client, headers) => client.createFlinkSession({ headers, path, body }))
  const spec = sessionSpec('FLINK_1_20', { flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '4' } })
  const session = await makeSession({ ...spec, jars: [`file://${inject('jars').example}`, 'artifact://jobs.jar'] })
  const leaving = await makeSession({ ...spec, name: 'leaving', jars: [], taskManagers: { min: 0, max: 1 } })
  const jobs = await makeJobs(weir, session, make)
  await untilSession(weir, leaving, 'RUNNING')
  return { team, artifact, session, leaving, ...jobs }
}

async function makeJobs(weir: Weir, session: string, make: (post: Post) => Promise<string>) {
  const folders = { counter: testFolder(), rare: testFolder() }
  const makeJob = (...job: Parameters<typeof jobSpec>) => {
    const body = { ...jobSpec(...job), labels: { team: 'upgrades' } }
    return make((client, headers) =>
      client.createFlinkSessionJob({ headers, path: { ws: weir.workspace, session }, body }),
    )
  }
  const finished = await makeJob('finished', 'dev.weir.jobs.Bounded')
  const failed = await makeJob('failed', 'dev.weir.jobs.Throws')
  const counter = await makeJob('counter', COUNTER, [folders.counter])
  const rare = await makeJob('rare', COUNTER, [folders.rare], { 'execution.checkpointing.interval': '10 d' })
  data(
    await weir.client.updateFlinkSessionJob({
      path: { ws: weir.workspace, session, job: counter },
      body: { name: 'counter, renamed' },
    }),
  )
  await untilJob(weir, session, finished, 'FINISHED')
  await untilJob(weir, session, failed, 'FAILED')
  await untilJob(weir, session, counter, (observed) => observed.status?.lastCheckpoint !== undefined)
  await triggerCheckpoint(weir, session, rare)
  return { folders, finished, failed, counter, rare }
}

/** Through Flink's own REST API; answers once Weir knows of it. */
async function triggerCheckpoint(weir: Weir, session: string, id: string): Promise<void> {
  const { job } = await untilJob(weir, session, id, 'RUNNING')
  const { status } = await untilSession(weir, session, 'RUNNING')
  await until('a checkpoint can be triggered', async () => {
    const answer = await fetch(`${status?.flinkUrl}/jobs/${job.id}/checkpoints`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ checkpointType: 'FULL' }),
    })
    return answer.ok
  })
  await untilJob(weir, session, id, (observed) => observed.status?.lastCheckpoint !== undefined)
}

/** What the API tells of all that, but of what is observed anew all the time. */
export async function reportedOf(
  weir: Pick<Weir, 'client' | 'workspace'>,
  made: Made,
): Promise<Record<string, unknown>> {
  const { client, workspace } = weir
  const path = { ws: workspace }
  const here = { ...path, session: made.session }
  const there = { ws: made.kubeWorkspace, session: made.kubeSession }
  const jobs = data(await client.listFlinkSessionJobs({ path: here })).items.map(withoutObservation)
  return {
    identity: data(await client.getCurrentIdentity({})),
    workspaces: data(await client.listWorkspaces({})).items.map(withoutStatus),
    clusters: data(await client.listClusters({})).items.map(withoutStatus),
    artifacts: data(await client.listArtifacts({ path })).items,
    content: await (data(await client.downloadArtifact({ path: { ...path, artifact: made.artifact } })) as Blob).text(),
    jobs,
    described: await Promise.all(
      jobs.map(async ({ id }) =>
        withoutStatus(data(await client.describeFlinkSessionJob({ path: { ...here, job: id } }))),
      ),
    ),
    sessions: [
      withoutStatus(data(await client.describeFlinkSession({ path: here }))),
      withoutStatus(data(await client.describeFlinkSession({ path: there }))),
    ],
    events: {
      session: data(await client.listFlinkSessionEvents({ path: here, query: { limit: 100 } })).items,
      kubeSession: data(await client.listFlinkSessionEvents({ path: there, query: { limit: 100 } })).items,
      jobs: await Promise.all(
        jobs.map(
          async ({ id }) =>
            data(await client.listFlinkSessionJobEvents({ path: { ...here, job: id }, query: { limit: 100 } })).items,
        ),
      ),
    },
  }
}

const withoutObservation = <T extends object>(summary: T): Omit<T, 'stale' | 'observedAt'> => {
  const { stale: _, observedAt: __, ...rest } = summary as T & { stale?: unknown; observedAt?: unknown }
  return rest as Omit<T, 'stale' | 'observedAt'>
}

const withoutStatus = <T extends { status?: unknown }>({ status: _, ...rest }: T): Omit<T, 'status'> => rest
