/** Whether what a column holds has the shape that the program relies on. Columns are JSON: nothing here meets a cycle. */
import { KINDS, type Kind } from '../domain/kinds.ts'
import { FLINK_RUNTIMES } from '../domain/spec.ts'

type Shape = (value: unknown) => boolean

const isText: Shape = (value) => typeof value === 'string'
const isNumber: Shape = (value) => typeof value === 'number'
const isFlag: Shape = (value) => typeof value === 'boolean'
const isList =
  (item: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(item)
const isMap =
  (item: Shape): Shape =>
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(item)
const isAny: Shape = () => true
const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value)
/** An object with at least these properties. */
const isObject =
  (properties: Record<string, Shape> = {}): Shape =>
  (value) =>
    isMap(isAny)(value) && Object.entries(properties).every(([name, shape]) => shape(Reflect.get(Object(value), name)))

const isSpec = isObject({ name: isText, flinkConfiguration: isMap(isText), labels: optional(isMap(isText)) })

const isPlugin = isObject({ name: isText, jars: isList(isText) })

const isClusterSpec = isObject({
  runtime: (value) => FLINK_RUNTIMES.some((runtime) => runtime === value),
  jars: isList(isText),
  plugins: isList(isPlugin),
  logConfiguration: isMap(isText),
  jobManagerResource: isObject(),
  taskManagerResource: isObject(),
  taskManagers: optional(isObject({ min: optional(isNumber), max: optional(isNumber) })),
})

const isRunSpec = isObject({
  job: isObject({
    args: isList(isText),
    id: optional(isText),
    jarUri: optional(isText),
    entryClass: optional(isText),
    initialSavepoint: optional(isObject()),
  }),
})

export const isSpecOf =
  (kind: Kind): Shape =>
  (value) =>
    isSpec(value) && (!KINDS[kind].cluster || isClusterSpec(value)) && (!KINDS[kind].run || isRunSpec(value))

const isCondition = isObject({ type: isText, status: isText, reason: isText, message: isText, since: isText })

export const isStatus = isObject({
  detail: isText,
  restarts: isNumber,
  conditions: isList(isCondition),
  error: optional(isObject({ code: isText, message: isText, at: isText })),
  warnings: optional(isList(isText)),
})

export const isTargetStatus = isObject({ conditions: isList(isCondition), flinkVersions: optional(isList(isText)) })

export const isDeletion = isObject({ requestedAt: isText, cascade: isFlag, force: isFlag })

export const isEffectiveSpec = isObject({
  name: isText,
  workspace: isText,
  runtime: isText,
  flinkConfiguration: isMap(isText),
  logConfiguration: isMap(isText),
  jars: isList(isText),
  plugins: isList(isPlugin),
  jobManager: isObject({ memoryBytes: isNumber }),
  taskManager: isObject({ memoryBytes: isNumber, slots: isNumber }),
  initialTaskManagers: isNumber,
})

export const isGenerationEnd = isObject({ kind: isText, code: isText, message: isText, retryable: isFlag })
export const isOutcome = isObject({ result: isText })
export const isRestarts = isObject({ count: isNumber, incarnation: isText, before: isNumber, reported: isNumber })
export const isExit = isObject({ reason: isText })
export const isInspection = isObject({ entries: isNumber, classes: isNumber, entryClasses: isList(isText) })
export const isServer = isObject({
  server: optional(isText),
  certificateAuthorityData: optional(isText),
  tlsServerName: optional(isText),
  proxyUrl: optional(isText),
})
