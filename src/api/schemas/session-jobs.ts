/** Schemas of session jobs. */
import Type from 'typebox'
import { describedProperties, Labels, Name, summaryProperties } from './common.ts'
import { FlinkConfiguration, UpgradeMode } from './flink.ts'
import { LIMITS, page, ref } from './schema.ts'

/** Where the state of a new job comes from: a place, or a savepoint that Weir made. */
const initialSavepoint = Type.Unsafe<{ location: string } | { id: string }>({
  type: 'object',
  properties: {
    location: { type: 'string', minLength: 1, maxLength: LIMITS.uri },
    id: { type: 'string', minLength: 1, maxLength: 20 },
  },
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  description: 'either `location` or `id`',
})

const jobProperties = {
  args: Type.Array(Type.String({ maxLength: LIMITS.argument }), { maxItems: LIMITS.items }),
  jarUri: Type.Optional(Type.String({ minLength: 1, maxLength: LIMITS.uri })),
  entryClass: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  initialSavepoint: Type.Optional(initialSavepoint),
  allowNonRestoredState: Type.Optional(Type.Boolean()),
}

export const FlinkJobSpec = Type.Object(jobProperties, { $id: 'FlinkJobSpec', additionalProperties: false })

export const FlinkJob = Type.Object(
  {
    ...jobProperties,
    id: Type.String({
      pattern: '^[0-9a-f]{32}$',
      description: 'The job ID in Flink, chosen before the job is submitted.',
    }),
    name: Type.String({ description: 'The name of the job in Flink; that of the resource until Flink knows another.' }),
  },
  { $id: 'FlinkJob' },
)

const sessionJobProperties = {
  name: Name,
  flinkConfiguration: FlinkConfiguration,
  labels: Type.Optional(Labels),
  upgradeMode: Type.Optional(ref(UpgradeMode)),
}

export const FlinkSessionJobSpec = Type.Object(
  { ...sessionJobProperties, job: ref(FlinkJobSpec) },
  { $id: 'FlinkSessionJobSpec', additionalProperties: false },
)

export const FlinkSessionJobUpdate = Type.Partial(Type.Object({ ...sessionJobProperties, job: ref(FlinkJobSpec) }), {
  $id: 'FlinkSessionJobUpdate',
  additionalProperties: false,
  description: 'Only `name` can be changed yet; other fields are accepted as long as they repeat what is there.',
})

export const FlinkSessionJobSummary = Type.Object(summaryProperties, { $id: 'FlinkSessionJobSummary' })
export const FlinkSessionJobSummaryList = page('FlinkSessionJobSummaryList', ref(FlinkSessionJobSummary))

export const FlinkSessionJob = Type.Object(
  { ...sessionJobProperties, job: ref(FlinkJob), ...describedProperties },
  { $id: 'FlinkSessionJob' },
)
