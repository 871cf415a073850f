/**
 * The answers of Flink's REST API as far as Weir reads them. What some versions leave out is optional; an answer of
 * another shape comes from something else than Flink, and nothing is read from it.
 */
import Type, { type Static, type TSchema } from 'typebox'
import { Check } from 'typebox/value'

import { FlinkRestError } from './rest.ts'

const Counts = Type.Record(Type.String(), Type.Number())
const Maybe = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]))

export const Overview = Type.Object({
  'flink-version': Type.String(),
  taskmanagers: Type.Number(),
  'slots-total': Type.Number(),
  'slots-available': Type.Number(),
})

/** `VM - VENDOR - 17/17.0.15+6`: the release as a specification, then the VM's own version. */
export const Environment = Type.Object({ jvm: Maybe(Type.Object({ version: Maybe(Type.String()) })) })

export const TaskManagers = Type.Object({
  taskmanagers: Type.Array(Type.Object({ id: Type.String(), slotsNumber: Type.Number(), freeSlots: Type.Number() })),
})

export const Jobs = Type.Object({
  jobs: Type.Array(
    Type.Object({
      jid: Type.String(),
      name: Type.String(),
      state: Type.String(),
      tasks: Counts,
      'start-time': Maybe(Type.Number()),
      'last-modification': Maybe(Type.Number()),
      duration: Maybe(Type.Number()),
    }),
  ),
})

/**
 * `job-type` is told from 1.20 on, before that only `plan.type`; `slotSharingGroupId` from 1.20 on. `end-time` -1: it
 * lives. `timestamps`: when it came into each state the last time, 0 for never.
 */
export const Job = Type.Object({
  jid: Type.String(),
  name: Type.String(),
  state: Type.String(),
  'job-type': Maybe(Type.String()),
  'start-time': Type.Number(),
  'end-time': Type.Number(),
  timestamps: Maybe(Counts),
  plan: Maybe(Type.Object({ type: Maybe(Type.String()) })),
  vertices: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      parallelism: Type.Number(),
      status: Type.String(),
      slotSharingGroupId: Maybe(Type.String()),
      tasks: Counts,
    }),
  ),
})

/**
 * `root-exception` and its `timestamp` are told by 1.x only; the history by all, newest first. What no task threw has no
 * `taskName` and no `taskManagerId`.
 */
export const Exceptions = Type.Object({
  'root-exception': Maybe(Type.String()),
  timestamp: Maybe(Type.Number()),
  exceptionHistory: Maybe(
    Type.Object({
      entries: Type.Array(
        Type.Object({
          stacktrace: Type.String(),
          timestamp: Type.Number(),
          taskName: Maybe(Type.String()),
          taskManagerId: Maybe(Type.String()),
        }),
      ),
    }),
  ),
})

/** Empty for some seconds after a job's start. */
export const Metrics = Type.Array(Type.Object({ id: Type.String(), value: Type.String() }))

export const Checkpoints = Type.Object({
  counts: Type.Object({ completed: Type.Number(), failed: Type.Number() }),
  latest: Maybe(
    Type.Object({
      completed: Maybe(
        Type.Object({
          id: Type.Number(),
          latest_ack_timestamp: Type.Number(),
          state_size: Maybe(Type.Number()),
          external_path: Maybe(Type.String()),
        }),
      ),
      failed: Maybe(Type.Object({ failure_timestamp: Maybe(Type.Number()), failure_message: Maybe(Type.String()) })),
    }),
  ),
})

/** `id` is a UUID, an underscore and `name`. */
export const JobIds = Type.Object({ jobs: Type.Array(Type.Object({ id: Type.String() })) })

export const Jars = Type.Object({
  files: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), uploaded: Type.Number() })),
})

/** A path in the JobManager's upload folder; its last segment is the jar's ID. */
export const Uploaded = Type.Object({ filename: Type.String() })

export const Submitted = Type.Object({ jobid: Type.String() })

/** Throws UNREACHABLE for what is no such answer. */
export function read<T extends TSchema>(schema: T, body: unknown, what: string): Static<T> {
  if (Check(schema, body)) return body
  throw new FlinkRestError(
    'UNREACHABLE',
    `the answer to ${what} is not what Flink answers: ${JSON.stringify(body).slice(0, 200)}`,
  )
}
