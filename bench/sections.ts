/** What each measurement says as text, and the aims it is held against. */
import { type Figures, WAYS, type Way } from './measure.ts'
import { type Aim, rounds as cells, median, seconds, table } from './report.ts'
import type { Throughput } from './throughput.ts'

interface Section {
  title: string
  text: string
  aims: Aim[]
}

export function sections(figures: Figures): Section[] {
  const all = [
    startsSection(figures),
    poolSection(figures),
    warmSection(figures),
    throughputSection(figures),
    serverSection(figures),
  ]
  return all.filter((each) => each !== undefined)
}

function startsSection({ starts, apiSeconds, archive }: Figures): Section | undefined {
  if (!starts) return undefined
  const of = (way: Way) => median(starts[way].seconds)
  const cpuOf = (way: Way) => median(starts[way].cpu)
  const rows = WAYS.map((way) => [way, ...cells(starts[way].seconds), seconds(median(starts[way].cpu))])
  const notes = [
    'From the first command or request to every subtask RUNNING, as Flink\'s REST API tells it. "CPU" is that of ' +
      'JobManager and',
    'TaskManager up to then; the scripts\' own processes (among them the client\'s JVM) come on top. "By hand" are ' +
      'the command',
    `lines of Weir's session, started without Weir, both at once${archive ? '' : '; no class archive was in use'}.`,
    `Weir's own API said RUNNING after ${seconds(median(apiSeconds ?? []))} s.`,
  ]
  return {
    title: 'From nothing to a running job',
    text: `${table(['way', 'median s', 'rounds', 'CPU s'], rows)}\n\n${notes.join('\n')}`,
    aims: [
      { what: 'Weir / scripts, pool off', value: of('Weir') / of('scripts'), unit: 'x', most: 0.42 },
      { what: 'CPU, Weir / scripts, pool off', value: cpuOf('Weir') / cpuOf('scripts'), unit: 'x', most: 0.42 },
      { what: 'CPU, Weir / by hand, pool off', value: cpuOf('Weir') / cpuOf('by hand'), unit: 'x', most: 1.1 },
      { what: 'Weir / by hand', value: of('Weir') / of('by hand'), unit: 'x', most: 1.1 },
    ],
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length

function poolSection({ pool, starts }: Figures): Section | undefined {
  if (!pool) return undefined
  const sessions = pool.seconds.length
  // What waits at the end has cost something too, for nobody yet.
  const cpu = mean(pool.cpu) + pool.leftCpu / sessions
  const rows = [
    ['request to every subtask RUNNING, s', seconds(mean(pool.seconds)), pool.seconds.map(seconds).join(' ')],
    ["until Weir's API said so, s", seconds(mean(pool.apiSeconds)), pool.apiSeconds.map(seconds).join(' ')],
    ['CPU s of the JVMs from their spawn on', seconds(mean(pool.cpu)), pool.cpu.map(seconds).join(' ')],
  ]
  const aims: Aim[] = starts
    ? [
        {
          what: 'mean with a pool / scripts',
          value: mean(pool.seconds) / mean(starts.scripts.seconds),
          unit: 'x',
          most: 0.3,
        },
        { what: 'CPU, mean with a pool / scripts', value: cpu / mean(starts.scripts.cpu), unit: 'x', most: 0.3 },
      ]
    : []
  return {
    title: 'Sessions one after the other, with a pool',
    text:
      `${table(['what', 'mean', 'each session'], rows)}\n\n` +
      `${sessions} sessions after a first one that is not counted, each deleted before the next, which comes when a ` +
      `pair of JVMs\nwaits again. ${pool.taken} of ${sessions * 2} JVMs had waited. With the CPU of the pair that waits ` +
      `at the end, a session took ${seconds(cpu)} CPU s.`,
    aims,
  }
}

function warmSection({ warm }: Figures): Section | undefined {
  if (!warm) return undefined
  return {
    title: 'Submission to a warm session',
    text: `${table(
      ['way', 'median s', 'rounds'],
      [
        ['Weir', ...cells(warm.weir)],
        ["Flink's REST API", ...cells(warm.bare)],
      ],
    )}\n\nFrom the request to every subtask RUNNING.`,
    aims: [
      { what: 'warm submission, Weir / REST', value: median(warm.weir) / median(warm.bare), unit: 'x', most: 1.15 },
    ],
  }
}

function throughputSection({ throughput }: Figures): Section | undefined {
  if (!throughput) return undefined
  const rows = Object.entries(throughput).flatMap(([name, kinds]) =>
    RUNS.map(([kind, words]) => [name, words, ...cells(kinds[kind].seconds), seconds(median(kinds[kind].cpu))]),
  )
  const of = (name: string, kind: keyof Throughput) => median(throughput[name]?.[kind].seconds ?? [])
  return {
    title: 'A bounded job',
    text:
      `${table(['JVM options', 'run', 'median s', 'rounds', 'CPU s'], rows)}\n\n` +
      'From RUNNING to FINISHED by Flink\'s own clock, the same job twice in each new cluster. "CPU" is that of ' +
      'both processes.',
    aims: RUNS.map(([kind, words]) => ({
      what: `throughput, ${words}, Weir / JVM defaults`,
      value: of('JVM defaults', kind) / of('Weir', kind),
      unit: 'x',
      least: 0.97,
    })),
  }
}

const RUNS = [
  ['cold', 'new TaskManager'],
  ['warm', 'second run'],
] as const

function serverSection({ server, busyServerMegabytes }: Figures): Section | undefined {
  if (!server) return undefined
  const costs = Object.entries(server)
  const whole = (values: readonly number[]) => [
    median(values).toFixed(0),
    values.map((value) => value.toFixed(0)).join(' '),
  ]
  const rows = costs.flatMap(([from, cost]) => [
    [`server ready, s (${from})`, ...cells(cost.readySeconds)],
    [`server at rest, MB (${from})`, ...whole(cost.restMegabytes)],
    [`weir --version, s (${from})`, ...cells(cost.versionSeconds)],
  ])
  if (busyServerMegabytes)
    rows.push(['server after the sessions above, MB (sources)', busyServerMegabytes.toFixed(0), ''])
  return {
    title: 'Weir itself',
    text:
      `${table(['what', 'median', 'rounds'], rows)}\n\n` +
      '"Build" is what the published package runs; "sources" is what a clone runs, where Node strips the types as ' +
      'it loads.',
    aims: costs.flatMap(([from, cost]) => [
      { what: `server ready (${from})`, value: median(cost.readySeconds), unit: 's', most: 1 },
      { what: `server at rest (${from})`, value: median(cost.restMegabytes), unit: 'MB', most: 150 },
      { what: `weir --version (${from})`, value: median(cost.versionSeconds), unit: 's', most: 0.15 },
    ]),
  }
}
