/** Schemas of what sessions, session jobs and applications have in common. */
import Type from 'typebox'
import { FLINK_RUNTIMES } from '../../domain/spec.ts'
import { closed, LIMITS, optionalText, page, ref, stringEnum } from './schema.ts'

export const FlinkRuntime = stringEnum(FLINK_RUNTIMES, {
  $id: 'FlinkRuntime',
  description: 'The minor version of Flink.',
})

export const UpgradeMode = stringEnum(['SAVEPOINT', 'LAST_STATE', 'STATELESS'], {
  $id: 'UpgradeMode',
  description: 'How the state of a job gets across a change. A weaker mode than the one asked for is never chosen.',
})

const size = Type.String({
  maxLength: 32,
  pattern: '^([0-9]+|([0-9]+([.][0-9]*)?|[.][0-9]+)[ ]*[kKmMgGtT])$',
  description: 'a size in bytes, or with k, m, g or t for powers of 1024: `1024m`, `1.5G`',
})

export const ContainerResource = closed(
  {
    cpu: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 4096 })),
    memory: Type.Optional(size),
    ephemeralStorage: Type.Optional(size),
  },
  { $id: 'ContainerResource' },
)

const jars = (options = {}) =>
  Type.Array(Type.String({ minLength: 1, maxLength: LIMITS.uri }), { maxItems: LIMITS.items, ...options })

export const FlinkPlugin = closed(
  {
    name: Type.String({
      minLength: 2,
      maxLength: 63,
      pattern: '^[a-z0-9][a-z0-9._-]*[a-z0-9]$',
      description: 'small letters, digits, dots, underscores and dashes, with a letter or digit at both ends',
    }),
    jars: jars(),
  },
  { $id: 'FlinkPlugin' },
)

const texts = (maxProperties: number, maxLength: number, description: string) =>
  Type.Unsafe<Record<string, string>>({
    type: 'object',
    maxProperties,
    propertyNames: { type: 'string', minLength: 1, maxLength: 255 },
    additionalProperties: { type: 'string', maxLength },
    description,
  })

export const FlinkConfiguration = texts(
  LIMITS.items,
  LIMITS.configurationValue,
  'Configuration keys of Flink; numbers and booleans are written as strings, too.',
)

const LogConfiguration = texts(32, LIMITS.file, 'File name to file content, e.g. `log4j-console.properties`.')

export const TaskManagerBounds = closed(
  {
    min: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
    max: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  },
  { $id: 'TaskManagerBounds' },
)

/** What defines a cluster: shared by sessions and applications. */
export const clusterProperties = {
  runtime: ref(FlinkRuntime),
  jars: jars({ description: 'Put on the class path of JobManager and TaskManagers.' }),
  plugins: Type.Array(ref(FlinkPlugin), { maxItems: LIMITS.items }),
  flinkConfiguration: FlinkConfiguration,
  logConfiguration: LogConfiguration,
  jobManagerResource: ref(ContainerResource),
  taskManagerResource: ref(ContainerResource),
}

const JavaRelease = Type.Integer({ minimum: 8 })

export const FlinkRuntimeInfo = Type.Object(
  {
    id: ref(FlinkRuntime),
    flinkVersion: Type.String({ description: 'The version of Flink behind it.' }),
    installed: Type.Boolean({
      description: 'On the machine of the server. False: it is installed when a session first needs it.',
    }),
    s3PluginVersion: optionalText(
      'The version of the `flink-s3-fs-hadoop` that is installed with it, maybe another patch release than its own.',
    ),
    java: Type.Object({
      supported: Type.Array(JavaRelease, { description: 'Releases of Java that this Flink officially supports.' }),
      experimental: Type.Array(JavaRelease, { description: 'Releases whose support Flink calls experimental.' }),
      used: optionalText('What sessions on the machine of the server would be run with: `17.0.15`.'),
      note: optionalText('Why there is none to be used, or what is to be said of the one that would be.'),
    }),
  },
  { $id: 'FlinkRuntimeInfo' },
)

export const FlinkRuntimeList = page('FlinkRuntimeList', ref(FlinkRuntimeInfo))
