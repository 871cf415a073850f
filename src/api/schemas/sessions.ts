/** Schemas of sessions. */
import Type from 'typebox'
import { describedProperties, Labels, Name, summaryProperties } from './common.ts'
import { clusterProperties, TaskManagerBounds } from './flink.ts'
import { page, ref } from './schema.ts'

const sessionProperties = {
  name: Name,
  ...clusterProperties,
  labels: Type.Optional(Labels),
  taskManagers: Type.Optional(ref(TaskManagerBounds)),
}

export const FlinkSessionSpec = Type.Object(sessionProperties, { $id: 'FlinkSessionSpec', additionalProperties: false })

export const FlinkSessionUpdate = Type.Partial(Type.Object(sessionProperties), {
  $id: 'FlinkSessionUpdate',
  additionalProperties: false,
  description: 'Only `name` can be changed yet; other fields are accepted as long as they repeat what is there.',
})

export const FlinkSessionSummary = Type.Object(summaryProperties, { $id: 'FlinkSessionSummary' })
export const FlinkSessionSummaryList = page('FlinkSessionSummaryList', ref(FlinkSessionSummary))

export const FlinkSession = Type.Object({ ...sessionProperties, ...describedProperties }, { $id: 'FlinkSession' })
