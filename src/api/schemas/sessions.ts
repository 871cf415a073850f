/** Schemas of sessions. */
import Type from 'typebox'
import { Labels, Name, resourceShapes } from './common.ts'
import { clusterProperties, TaskManagerBounds } from './flink.ts'
import { ref } from './schema.ts'

const shared = {
  name: Name,
  ...clusterProperties,
  labels: Type.Optional(Labels),
  taskManagers: Type.Optional(ref(TaskManagerBounds)),
}

export const FlinkSession = resourceShapes('FlinkSession', {
  shared,
  written: {},
  answered: {},
  example: {
    name: 'demo',
    runtime: 'FLINK_2_3',
    jars: [],
    plugins: [],
    flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2' },
    logConfiguration: {},
    jobManagerResource: { memory: '1g' },
    taskManagerResource: { memory: '1.5g' },
  },
})
