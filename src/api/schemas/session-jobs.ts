/** Schemas of session jobs. */
import Type from 'typebox'
import { Labels, Name, resourceShapes } from './common.ts'
import { FlinkConfiguration, UpgradeMode } from './flink.ts'
import { closed, LIMITS, optionalText, ref, stringEnum } from './schema.ts'

/** Where the state of a new job comes from: a location, or a savepoint that Weir made. */
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
  jarUri: optionalText(undefined, { minLength: 1, maxLength: LIMITS.uri }),
  entryClass: optionalText(undefined, { minLength: 1, maxLength: 1024 }),
  initialSavepoint: Type.Optional(initialSavepoint),
  allowNonRestoredState: Type.Optional(Type.Boolean()),
  runner: Type.Optional(
    stringEnum(['ON', 'OFF'], { description: "Who calls main(): Weir's runner (ON, the default), or Flink itself." }),
  ),
  mainTimeout: optionalText('How long main() may take (`10 min`); without it, as long as it likes.', {
    minLength: 1,
    maxLength: 40,
  }),
}

export const FlinkJobSpec = closed(jobProperties, { $id: 'FlinkJobSpec' })

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

const shared = {
  name: Name,
  flinkConfiguration: FlinkConfiguration,
  labels: Type.Optional(Labels),
  upgradeMode: Type.Optional(ref(UpgradeMode)),
}

export const FlinkSessionJob = resourceShapes('FlinkSessionJob', {
  shared,
  written: { job: ref(FlinkJobSpec) },
  answered: { job: ref(FlinkJob) },
  example: {
    name: 'counts',
    flinkConfiguration: { 'execution.checkpointing.interval': '10 s' },
    job: {
      args: ['--rate', '100'],
      jarUri: 'https://repo.example/counts-1.0.jar',
      entryClass: 'org.example.Counts',
    },
  },
})
