/** Schemas of events and logs: what happened to a resource, in words for people. */
import Type from 'typebox'
import { closed, optionalText, page, ref, stringEnum, Time } from './schema.ts'

export const ResourceEvent = Type.Object(
  {
    id: Type.Integer({ description: 'Ever growing, in the order in which things happened.' }),
    at: Time,
    severity: stringEnum(['INFO', 'WARNING']),
    reason: Type.String({ description: 'One word for programs: `TaskManagerExited`.' }),
    message: Type.String(),
    by: Type.String({ description: '`system`, or the caller: `service-account:ID`.' }),
  },
  { $id: 'ResourceEvent' },
)

export const ResourceEventList = page('ResourceEventList', ref(ResourceEvent))

export const LogQuery = closed({
  tail: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, description: 'Lines from the end of each log; 200 when left out.' }),
  ),
  process: optionalText('`jobmanager`, or `taskmanager-` and its number', {
    pattern: '^(jobmanager|taskmanager-[0-9]{1,9})$',
  }),
})

export const DEFAULT_TAIL = 200

export const ProcessLog = Type.Object(
  {
    process: Type.String({ description: '`jobmanager` or `taskmanager-N`.' }),
    generation: Type.Integer({ description: 'Counts the clusters that the session had.' }),
    state: stringEnum(['RUNNING', 'EXITED']),
    startedAt: Time,
    endedAt: Type.Optional(Time),
    lines: Type.Array(Type.String(), { description: 'Oldest first.' }),
  },
  { $id: 'ProcessLog' },
)

export const ProcessLogList = Type.Object(
  { items: Type.Array(ref(ProcessLog), { description: 'The newest cluster first.' }) },
  { $id: 'ProcessLogList' },
)
