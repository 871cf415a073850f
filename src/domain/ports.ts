/**
 * Ports that the caller's configuration gives to each JVM of a cluster. Several JVMs on one machine can't share one, so
 * a single port becomes a range, of which each JVM takes the first that is free; where Flink takes no range, a warning
 * says what comes of it. In pods, which have a network of their own each, nothing of this is needed. Pure.
 */

/** How many ports a single one becomes: enough for the processes of some sessions that ask for the same one. */
const WIDTH = 100
const HIGHEST = 65_535

/** Factories (or, in Flink 1.17, classes) of reporters that listen, and the port that they take when none is given. */
const LISTENING_REPORTERS: readonly { pattern: RegExp; port?: number }[] = [
  { pattern: /\.PrometheusReporter(Factory)?$/, port: 9249 },
  { pattern: /\.JMXReporter(Factory)?$/ },
]
/** Reporters of Flink that only send: their `port` is somebody else's. */
const SENDING_REPORTERS =
  /\.(PrometheusPushGateway|Graphite|Influxdb|StatsD|DatadogHttp|Slf4j|OpenTelemetryMetric)Reporter(Factory)?$/

/** Keys outside of reporters whose value is a range of ports, with old names and the default where it matters. */
const JMX_SERVER = 'jmx.server.port'
const QUERYABLE_STATE: readonly { keys: readonly [string, ...string[]]; port: number }[] = [
  { keys: ['queryable-state.server.ports', 'query.server.ports'], port: 9067 },
  { keys: ['queryable-state.proxy.ports', 'query.proxy.ports'], port: 9069 },
]

const REPORTER_KEY = /^metrics\.reporter\.([^.]+)\.(?:factory\.)?class$/

interface ReporterPort {
  key: string
  /** The name of its class, as far as it is given. */
  type: string
}

function reporters(configuration: Record<string, string>): ReporterPort[] {
  return Object.entries(configuration).flatMap(([key, type]) => {
    const name = REPORTER_KEY.exec(key)?.[1]
    return name === undefined ? [] : [{ key: `metrics.reporter.${name}.port`, type: type.trim() }]
  })
}

/** Every key by which each JVM opens a port of its own, with the value in effect. */
function listening(configuration: Record<string, string>): [key: string, ports: string][] {
  const found = new Map<string, string>()
  const take = (key: string, otherwise?: number): void => {
    const ports = configuration[key] ?? otherwise?.toString()
    if (ports !== undefined && ports.trim() !== '') found.set(key, ports.trim())
  }
  for (const { key, type } of reporters(configuration)) {
    const known = LISTENING_REPORTERS.find(({ pattern }) => pattern.test(type))
    if (known) take(key, known.port)
  }
  take(JMX_SERVER)
  if (configuration['queryable-state.enable']?.trim().toLowerCase() === 'true') {
    for (const { keys, port } of QUERYABLE_STATE) {
      take(keys.find((key) => key in configuration) ?? keys[0], port)
    }
  }
  return [...found]
}

const isSingle = (ports: string): boolean => /^\d{1,5}$/.test(ports) && Number(ports) > 0 && Number(ports) <= HIGHEST

/**
 * Ranges (`9249-9348`, or `9249,9251-9349` where another key has a port in between) by key, for all keys by which a JVM
 * listens. No two single ports become ranges that meet, so that a port tells whose it is. What is a range already, and
 * 0, stays as it is.
 */
export function portRanges(configuration: Record<string, string>): Record<string, string> {
  const all = listening(configuration)
  const singles = all.filter(([, ports]) => isSingle(ports)).map(([key, ports]) => [key, Number(ports)] as const)
  const taken = new Set(singles.map(([, port]) => port))
  const widened = singles
    .toSorted((a, b) => a[1] - b[1])
    .map(([key, first]): [string, string] => {
      const ports = [first]
      for (let port = first + 1; port <= HIGHEST && ports.length < WIDTH; port++) {
        if (taken.has(port)) continue
        taken.add(port)
        ports.push(port)
      }
      return [key, rangeText(ports)]
    })
  return { ...Object.fromEntries(all), ...Object.fromEntries(widened) }
}

/** `1-3,5` for ascending numbers. */
function rangeText(ports: readonly number[]): string {
  const runs: [number, number][] = []
  for (const port of ports) {
    const last = runs.at(-1)
    if (last && port === last[1] + 1) last[1] = port
    else runs.push([port, port])
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}

/** Whether a port is one of a range in Flink's notation. */
export function inRange(port: number, ranges: string): boolean {
  return ranges.split(',').some((part) => {
    const [, from, to] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(part) ?? []
    return from !== undefined && port >= Number(from) && port <= Number(to ?? from)
  })
}

export interface FixedPortInput {
  flinkConfiguration: Record<string, string>
  taskManagers?: { min?: number; max?: number }
}

/** JVM options whose port is one number: the JVM's own JMX agent, and its debugger. */
const PORT_OPTIONS: readonly { name: string; portIn(options: string): string | undefined; instead: string }[] = [
  {
    name: 'com.sun.management.jmxremote.port',
    portIn: (options) => /-Dcom\.sun\.management\.jmxremote\.port=["']?(\d+)/.exec(options)?.[1],
    instead: `Use ${JMX_SERVER} of flinkConfiguration, of which each process gets a port of its own`,
  },
  {
    name: 'jdwp',
    portIn: debuggerPort,
    instead: 'Leave `address` out: then each process chooses a port and prints it on its standard output',
  },
]

function debuggerPort(options: string): string | undefined {
  const agents = options.split(/\s+/).filter((word) => /-agentlib:jdwp=|-Xrunjdwp:/.test(word))
  const addresses = agents.flatMap((agent) => agent.split('address=').slice(1))
  return addresses.flatMap((address) => /^["']?(?:[^,:]*:)?(\d+)/.exec(address)?.[1] ?? [])[0]
}

/** Which JVMs have those options: how many of them there can be. */
const OPTION_KEYS: readonly [key: string, ofTaskManagersOnly: boolean][] = [
  ['env.java.opts.all', false],
  ['env.java.opts', false],
  ['env.java.default-opts.all', false],
  ['env.java.opts.taskmanager', true],
  ['env.java.default-opts.taskmanager', true],
]

/** Sentences about ports that only one of a session's processes on this machine can have. */
export function fixedPortWarnings({ flinkConfiguration, taskManagers }: FixedPortInput): string[] {
  const options = OPTION_KEYS.flatMap(([key, ofTaskManagersOnly]) =>
    ofTaskManagersOnly && taskManagers?.max === 1
      ? []
      : PORT_OPTIONS.flatMap(({ name, portIn, instead }) => {
          const port = portIn(flinkConfiguration[key] ?? '')
          if (port === undefined || Number(port) === 0) return []
          return [
            `${key} gives every process the port ${port} (${name}), and those of a session share this machine: the ` +
              `first gets it, the others end at their start. ${instead}.`,
          ]
        }),
  )
  const unknown = reporters(flinkConfiguration).flatMap(({ key, type }) => {
    const port = flinkConfiguration[key]?.trim() ?? ''
    const known = SENDING_REPORTERS.test(type) || LISTENING_REPORTERS.some(({ pattern }) => pattern.test(type))
    if (known || !isSingle(port)) return []
    return [
      `${key} is ${port}, and Weir does not know whether ${type} listens there: if it does, only one process of this ` +
        `session gets it. If it takes ranges, write one: ${port}-${Math.min(HIGHEST, Number(port) + WIDTH - 1)}.`,
    ]
  })
  return [...options, ...unknown]
}
