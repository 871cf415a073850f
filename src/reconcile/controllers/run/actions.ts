/** The actions of the run controller, each in one place. When one is due is said by domain/run/plan.ts. */

import { liveGeneration } from '../../../domain/cluster/input.ts'
import type { AttemptOutcome, JobAttempt } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import { newFlinkJobId } from '../../../domain/ids.ts'
import { outcomeEvent } from '../../../domain/run/facts.ts'
import type { RunInput } from '../../../domain/run/input.ts'
import type { RunAction } from '../../../domain/run/plan.ts'
import type { Runtime } from '../../../runtimes/runtime.ts'
import type { Store, StoreGroups } from '../../../store/store.ts'
import type { ReconcileContext } from '../../context.ts'
import type { ActionTable } from '../actions.ts'
import { cancelJob } from '../cancel.ts'
import { operatorOf } from './operator.ts'
import { discardSaved } from './saved-state.ts'
import { interruptMain } from './uploads.ts'

export interface RunTurn {
  context: ReconcileContext
  /** The host's. */
  runtime: Runtime
  input: RunInput
}

interface Intended {
  attempt?: JobAttempt
}

const nothingToRecord = async (): Promise<Intended> => ({})
const nothingToDo = async (): Promise<undefined> => undefined

const recorded = ({ input }: RunTurn, n: number): JobAttempt | undefined =>
  input.attempts.find((known) => known.n === n)

/** Has an attempt sent, off the workers. `first`: nobody can have sent it before. */
function submit({ context, runtime, input }: RunTurn, attempt: JobAttempt | undefined, first: boolean): void {
  const { resource, host, cluster } = input
  const generation = liveGeneration(input.generations)
  if (!generation || !attempt || !cluster) return
  context.submissions.submit({ resource, host }, attempt, { runtime, generation, cluster, first })
}

export const RUN_ACTIONS: ActionTable<RunTurn, RunAction, Intended> = {
  /** Fetches the job's own jar; nothing is recorded yet. */
  STAGE: {
    intend: nothingToRecord,
    async act({ context, runtime, input: { resource, host, generations } }) {
      const generation = liveGeneration(generations)
      if (generation) context.submissions.stage({ resource, host }, { generation, runtime })
      return undefined
    },
  },
  /** Records a new attempt and sends it. */
  SUBMIT: {
    async intend({ context, input }, { startedFrom, alone }) {
      const attempt = await begin(context.store, input, { startedFrom, alone })
      if (attempt) context.submissions.begun(input)
      return attempt && { attempt }
    },
    async act(turn, _action, { attempt }) {
      submit(turn, attempt, true)
      return undefined
    },
  },
  /** Sends an attempt that was recorded, under the same Flink job ID. */
  REPEAT: {
    async intend(turn, { attempt: n }) {
      const attempt = recorded(turn, n)
      return attempt && { attempt }
    },
    async act(turn, _action, { attempt }) {
      submit(turn, attempt, false)
      return undefined
    },
  },
  /** Records an attempt that fails before anything is sent. */
  REFUSE: {
    // In one transaction: an attempt that was left open here would be sent by the next server, without its saved state.
    intend: ({ context, input }, { outcome }) =>
      context.store.transaction(async (groups) => {
        const attempt = await begin(groups, input)
        if (attempt) await end(groups, attempt, outcome)
        return attempt && { attempt }
      }),
    act: nothingToDo,
  },
  CANCEL: {
    intend: nothingToRecord,
    async act({ runtime, input: { generations, cluster } }, { flinkJobId }) {
      const generation = liveGeneration(generations)
      if (generation && cluster) await cancelJob(runtime.flink(generation, cluster), flinkJobId)
      return undefined
    },
  },
  /** Ends main() of an attempt that is given up. */
  INTERRUPT: {
    intend: nothingToRecord,
    async act(turn, { attempt: n }) {
      const { context, runtime, input } = turn
      const generation = liveGeneration(input.generations)
      const attempt = recorded(turn, n)
      if (!generation || !input.cluster || !attempt) return undefined
      const interrupted = await interruptMain(runtime.flink(generation, input.cluster), attempt.flinkJobId)
      if (interrupted) context.runTracking.of(input.resource.id).interrupted = { attempt: n, at: context.clock.now() }
      return undefined
    },
  },
  /** Ends an attempt that was recorded: it must not be sent any more. */
  ABANDON: {
    async intend(turn, { attempt: n, outcome }) {
      const attempt = recorded(turn, n)
      if (attempt) await turn.context.store.transaction((groups) => end(groups, attempt, outcome))
      return {}
    },
    async act({ context, input }) {
      context.submissions.giveUp(input.resource.id)
      return undefined
    },
  },
  /** Takes an attempt that has ended away from the operator that has submitted it. */
  WITHDRAW: {
    intend: nothingToRecord,
    async act({ context, runtime, input: { resource, attempts } }) {
      context.submissions.giveUp(resource.id)
      const force = resource.deletion?.force ?? false
      const progress = await operatorOf(runtime, resource)?.withdraw(resource.id, { force })
      const tracking = context.runTracking.of(resource.id)
      delete tracking.waitingOn
      if (progress === undefined || progress.done) tracking.withdrawn = attempts.length
      else tracking.waitingOn = progress.waitingOn
      return undefined
    },
  },
  /** Deletes what earlier attempts saved, now that the latest has saved something of its own. */
  TIDY: {
    intend: nothingToRecord,
    async act({ context, runtime, input: { resource, attempts } }, { attempts: earlier }) {
      await discardSaved(
        { store: context.store, runtime },
        attempts.filter(({ n }) => earlier.includes(n)),
      )
      context.runTracking.of(resource.id).tidied = attempts.length
      return undefined
    },
  },
  /** Deletes what the run leaves behind. The row goes with the last controller's own. */
  FINISH_DELETION: {
    intend: nothingToRecord,
    async act({ context, runtime, input: { attempts } }) {
      await discardSaved({ store: context.store, runtime }, attempts)
      return undefined
    },
  },
}

async function end({ attempts, events }: StoreGroups, attempt: JobAttempt, outcome: AttemptOutcome): Promise<void> {
  await attempts.update(attempt.job, attempt.n, { phase: 'ENDED', outcome })
  await events.append(attempt.job, outcomeEvent(attempt, outcome))
}

/**
 * Records the next attempt in the host's live JobManager; undefined when another one's main() has to return first.
 */
async function begin(
  store: Pick<Store, 'attempts'>,
  { resource, host, generations, attempts, cluster }: RunInput,
  { startedFrom, alone }: { startedFrom?: string | undefined; alone?: boolean | undefined } = {},
): Promise<JobAttempt | undefined> {
  const live = liveGeneration(generations)
  const incarnation = cluster?.incarnation
  if (!live || incarnation === undefined) return undefined
  const checkpointFolder = folderOf(resource.spec.flinkConfiguration, live.spec.flinkConfiguration)
  const first = attempts.length === 0 ? resource.spec.job.id : undefined
  return store.attempts.begin({
    job: resource.id,
    host: host.id,
    flinkJobId: first ?? newFlinkJobId(),
    generation: live.generation,
    incarnation,
    ...defined({ startedFrom, checkpointFolder, alone }),
  })
}

/** The keys that name the checkpoint folder, in Flink's order of precedence: the newer name first. */
const CHECKPOINT_FOLDER_KEYS = ['execution.checkpointing.dir', 'state.checkpoints.dir']

function folderOf(...configurations: Record<string, string>[]): string | undefined {
  for (const configuration of configurations) {
    for (const key of CHECKPOINT_FOLDER_KEYS) if (configuration[key]) return configuration[key]
  }
  return undefined
}
