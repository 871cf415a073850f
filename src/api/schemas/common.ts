/** Schemas that more than one resource uses. */
import type { TProperties } from 'typebox'
import Type from 'typebox'
import { NAME_MAX_LENGTH, NAME_PATTERN } from '../../domain/names.ts'
import { STATES } from '../../domain/status.ts'
import { Conditions, closed, countedPage, optionalText, ref, stringEnum, Time } from './schema.ts'

export const ResourceId = Type.String({
  $id: 'ResourceId',
  pattern: '^[A-Z0-9]{1,20}$',
  description: 'an ID of capital letters and digits',
})

export const State = stringEnum(STATES, {
  $id: 'State',
  description: 'One word that sums up what was seen, for people.',
})

export const Name = Type.String({
  minLength: 1,
  // As it is written, with spaces around it; the pattern has the length of what is kept.
  maxLength: 255,
  pattern: NAME_PATTERN,
  description:
    `a display name of up to ${NAME_MAX_LENGTH} characters without control characters, unique among its siblings; kept ` +
    'trimmed and in Unicode form NFC',
})

export const Labels = Type.Unsafe<Record<string, string>>({
  type: 'object',
  maxProperties: 64,
  propertyNames: {
    type: 'string',
    pattern: '^[A-Za-z0-9]([A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?$',
    description:
      'up to 128 letters, digits, dots, underscores, slashes and dashes, with a letter or digit at both ends',
  },
  additionalProperties: { type: 'string', maxLength: 255 },
  description: 'labels to find resources by',
})

const ErrorDetail = Type.Object({
  path: Type.String({ description: 'A JSON pointer into the body, or the place: `query/limit`, `header/if-match`.' }),
  message: Type.String(),
})

export const ErrorAnswer = Type.Object(
  {
    message: Type.String({ description: 'For people: what happened and what to do.' }),
    code: Type.String({ description: 'For programs: one of the codes in docs/reference/errors.md.' }),
    details: Type.Array(ErrorDetail, { description: 'Every violation, not only the first.' }),
    requestId: Type.String({ description: 'Stands in the log of the server beside what happened.' }),
  },
  { $id: 'Error' },
)

/** What every resource answers beside its spec. */
const observedProperties = {
  id: ref(ResourceId),
  state: ref(State),
  createdAt: Time,
  updatedAt: Time,
}

const count = Type.Integer({ minimum: 0 })

const Stale = Type.Boolean({
  description: 'What was observed is too long ago to be passed on as the present.',
})

export const Status = Type.Object(
  {
    observedAt: Type.Optional(Time),
    stale: Stale,
    detail: Type.String({ description: 'One line about what is happening right now.' }),
    error: Type.Optional(
      Type.Object({
        code: Type.String(),
        message: Type.String({ description: 'What went wrong and what to do about it.' }),
        at: Time,
        retryAt: Type.Optional(Time),
      }),
    ),
    warnings: Type.Optional(
      Type.Array(Type.String(), {
        description:
          "What to know of the configuration and of the session's jars: sentences that say what to do. Nothing here " +
          'keeps it from running.',
      }),
    ),
    flinkVersion: optionalText(),
    javaVersion: optionalText('The Java that the JobManager of the session runs on: `17.0.15`.'),
    flinkUrl: optionalText(
      "Flink's own web UI and REST API, as reached from the server's machine; on Kubernetes, from within the cluster.",
    ),
    ports: Type.Optional(
      Type.Array(Type.Object({ process: Type.String(), name: Type.String(), port: count }), {
        description:
          "Ports of the server's machine that processes of a session listen on because `flinkConfiguration` says so: " +
          'the process (`jobmanager`, `taskmanager-1`), the key that asks for it, and the port that it has taken.',
      }),
    ),
    taskManagers: Type.Optional(Type.Object({ running: count, wanted: count })),
    slots: Type.Optional(Type.Object({ total: count, available: count })),
    jobState: optionalText('The word that Flink itself has for the state of the job.'),
    jobs: Type.Optional(Type.Object({ running: count, finished: count, failed: count, canceled: count })),
    lastCheckpoint: Type.Optional(
      Type.Object({
        id: Type.Integer(),
        completedAt: Time,
        sizeBytes: Type.Optional(Type.Integer()),
        location: optionalText(),
      }),
    ),
    restarts: count,
    conditions: Conditions,
  },
  { $id: 'Status' },
)

/** What a describe answers beside the spec. */
const describedProperties = {
  ...observedProperties,
  revision: Type.Integer({ minimum: 1, description: 'Counts the changes of callers; also the `ETag`.' }),
  desiredState: stringEnum(['RUNNING', 'SUSPENDED']),
  status: ref(Status),
}

/** All shapes of a kind of resource. A describe answers `answered` where a caller wrote `written`. */
export function resourceShapes<const S extends TProperties, const W extends TProperties, const A extends TProperties>(
  $id: string,
  { shared, written, answered, example }: { shared: S; written: W; answered: A; example: object },
) {
  const spec = { ...shared, ...written }
  const summary = Type.Object(
    { ...observedProperties, name: Type.String(), observedAt: Type.Optional(Time), stale: Stale },
    { $id: `${$id}Summary` },
  )
  return {
    spec: closed(spec, { $id: `${$id}Spec`, examples: [example] }),
    update: Type.Partial(Type.Object(spec), {
      $id: `${$id}Update`,
      additionalProperties: false,
      description: 'Only `name` can be changed yet; other fields are accepted as long as they repeat what is there.',
    }),
    summary,
    list: countedPage(`${$id}SummaryList`, ref(summary)),
    full: Type.Object({ ...shared, ...answered, ...describedProperties }, { $id }),
  }
}
