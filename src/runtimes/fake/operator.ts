/**
 * A fake operator beside the fake clusters: it submits jobs whose jar is `file://...`, chooses their Flink job IDs, and
 * keeps what it has submitted in the world, so that the next server finds it.
 */
import { defined } from '../../domain/defined.ts'
import { newFlinkJobId } from '../../domain/ids.ts'
import type { OperatorJob, OperatorJobs } from '../runtime.ts'
import { cancelJob, type FakeFlinkContext, fakeFlink } from './flink.ts'
import { hasEnded } from './jobs.ts'
import { type FakeOperated, type FakeWorld, findCluster } from './world.ts'

const POLL_MS = 500

export function fakeOperator(context: FakeFlinkContext, reach: () => void): OperatorJobs {
  const { world, clock } = context
  return {
    takes: (jarUri) => jarUri.startsWith('file:'),
    async submit(cluster, job, { signal, isKnown }) {
      reach()
      const resource = world.resources.get(cluster.resource)
      if (!resource) return { refused: 'there is no such cluster' }
      const isIt = (other: FakeOperated): boolean => other.job === job.job && other.attempt === job.attempt
      if (!resource.operated?.some(isIt)) {
        const operated: FakeOperated = {
          job: job.job,
          attempt: job.attempt,
          generation: cluster.generation,
          flinkJobId: newFlinkJobId(),
        }
        resource.operated = [...(resource.operated ?? []), operated]
        world.changed(cluster.resource)
        void run(context, cluster.resource, operated, job)
      }
      for (;;) {
        reach()
        const operated = world.resources.get(cluster.resource)?.operated?.find(isIt)
        if (!operated || operated.withdrawing) return { refused: 'it was withdrawn' }
        if (await isKnown(operated.flinkJobId)) return { flinkJobId: operated.flinkJobId }
        if (operated.error !== undefined) return { refused: `the operator says: ${operated.error}` }
        if (signal.aborted) return { refused: 'the operator has not submitted it' }
        await new Promise<void>((resolve) => clock.after(POLL_MS, resolve))
      }
    },
    async withdraw(job) {
      reach()
      const left = [...world.resources.values()].filter((resource) =>
        resource.operated?.some((operated) => operated.job === job),
      )
      for (const resource of left) {
        // Gone at the second look, as what has a finalizer.
        resource.operated = resource.operated?.filter((operated) => operated.job !== job || !operated.withdrawing) ?? []
        for (const operated of resource.operated)
          if (operated.job === job) withdraw(context, resource.resource, operated)
        world.changed(resource.resource)
      }
      return { done: left.length === 0, waitingOn: left.length === 0 ? '' : 'the operator to let go of it' }
    },
  }
}

/** Goes on whatever becomes of the server. */
async function run(
  context: FakeFlinkContext,
  resource: string,
  operated: FakeOperated,
  job: OperatorJob,
): Promise<void> {
  const cluster = { resource, generation: operated.generation }
  const flink = fakeFlink(context, cluster, findCluster(context.world, cluster)?.incarnation)
  try {
    const jarId = await flink.uploadJar(`${job.job}-${job.attempt}.jar`, new Uint8Array())
    await flink.runJar(
      jarId,
      {
        args: job.args,
        jobId: operated.flinkJobId,
        flinkConfiguration: job.flinkConfiguration,
        ...defined({ entryClass: job.entryClass, savepointPath: job.startedFrom }),
      },
      new AbortController().signal,
    )
  } catch (error) {
    operated.error = (error as Error).message
    context.world.changed(resource)
  }
}

function withdraw(context: FakeFlinkContext, resource: string, operated: FakeOperated): void {
  operated.withdrawing = true
  const cluster = findCluster(context.world, { resource, generation: operated.generation })
  const flinkJob = cluster?.jobs.find(({ id }) => id === operated.flinkJobId)
  if (cluster && flinkJob && !hasEnded(flinkJob)) cancelJob(context, cluster, flinkJob)
}

/** What the operator has submitted to a generation goes with it. */
export function forgetOperated(
  world: FakeWorld,
  { resource, generation }: { resource: string; generation: number },
): void {
  const known = world.resources.get(resource)
  if (known?.operated) known.operated = known.operated.filter((operated) => operated.generation !== generation)
}
