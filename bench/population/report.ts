/** Figures of one tree, or of two side by side, as tables. */
import { table } from '../report.ts'
import type { Figures } from './measure.ts'
import type { Delays } from './probe.ts'
import { percentiles, REQUESTS } from './requests.ts'

/** Every figure is less the better, but those in `MORE`. */
interface Row {
  what: string
  of(figures: Figures): number | undefined
}

interface Section {
  title: string
  rows: Row[]
}

const delayRows = (when: string, of: (figures: Figures) => Delays | undefined): Row[] => [
  { what: `event loop held ${when}, CPU ms, p99`, of: (figures) => of(figures)?.cpu.p99 },
  { what: `event loop held ${when}, CPU ms, max`, of: (figures) => of(figures)?.cpu.max },
  { what: `event loop held ${when}, ms by the clock, max`, of: (figures) => of(figures)?.wall.max },
]

const UP: Section = {
  title: 'Coming up',
  rows: [
    { what: 'creates/s', of: ({ up }) => up.resources / up.createSeconds },
    { what: 'create, p50 ms', of: ({ up }) => percentiles(up.latencies).p50 },
    { what: 'create, p99 ms', of: ({ up }) => percentiles(up.latencies).p99 },
    { what: 'CPU ms per resource while they are created', of: ({ up }) => up.creating.cpuMs / up.resources },
    { what: 'CPU ms per resource from create to RUNNING', of: ({ up }) => up.upToRunning.cpuMs / up.resources },
    { what: 'cycles per resource from create to RUNNING', of: ({ up }) => up.upToRunning.cycles / up.resources },
    { what: 'fsyncs per resource from create to RUNNING', of: ({ up }) => up.upToRunning.fsyncs / up.resources },
    {
      what: 'write calls per resource from create to RUNNING',
      of: ({ up }) => up.upToRunning.writeCalls / up.resources,
    },
    { what: 'KB to the disk per resource', of: ({ up }) => up.upToRunning.diskBytes / up.resources / 1024 },
    { what: 'seconds from the first create to the last RUNNING', of: ({ up }) => up.upSeconds },
    ...delayRows('meanwhile', ({ up }) => up.delays),
    ...[0, 1].flatMap((n): Row[] => [
      { what: `CPU ms per job, ${n ? 60 : 20} jobs in one session`, of: ({ inOne }) => inOne?.[n]?.cpuMs },
      { what: `cycles per job, ${n ? 60 : 20} jobs in one session`, of: ({ inOne }) => inOne?.[n]?.cycles },
    ]),
  ],
}

const REST: Section = {
  title: 'At rest',
  rows: [
    { what: 'CPU, % of a core', of: ({ rest }) => rest.spent.cpuMs / rest.seconds / 10 },
    { what: 'cycles/s', of: ({ rest }) => rest.spent.cycles / rest.seconds },
    {
      what: 'cycles/s per session with its jobs',
      of: ({ rest, sessions }) => rest.spent.cycles / rest.seconds / sessions,
    },
    { what: 'looks at clusters/s', of: ({ rest }) => rest.spent.observations / rest.seconds },
    {
      what: 'CPU ms per look',
      of: ({ rest }) => rest.spent.cpuMs / (rest.spent.observations || rest.spent.cycles),
    },
    { what: 'fsyncs/s', of: ({ rest }) => rest.spent.fsyncs / rest.seconds },
    { what: 'write calls/s', of: ({ rest }) => rest.spent.writeCalls / rest.seconds },
    {
      what: 'write calls per minute and 1,000 resources',
      of: ({ rest, up }) => (rest.spent.writeCalls / rest.seconds) * 60 * (1000 / up.resources),
    },
    { what: 'KB/s written', of: ({ rest }) => rest.spent.writeBytes / rest.seconds / 1024 },
    { what: 'KB/s to the disk', of: ({ rest }) => rest.spent.diskBytes / rest.seconds / 1024 },
    { what: 'resident MB', of: ({ rest }) => rest.megabytes },
    ...delayRows('at rest', ({ rest }) => rest.delays),
  ],
}

const API: Section = {
  title: 'Requests',
  rows: [
    ...REQUESTS.map((name): Row => ({ what: `CPU ms: ${name}`, of: ({ requests }) => requests?.large[name] })),
    { what: 'describe at 500/s, p50 ms', of: ({ rates }) => rates?.describe.p50 },
    { what: 'describe at 500/s, p99 ms', of: ({ rates }) => rates?.describe.p99 },
    { what: 'list of 100 at 50/s, p50 ms', of: ({ rates }) => rates?.list.p50 },
    { what: 'list of 100 at 50/s, p99 ms', of: ({ rates }) => rates?.list.p99 },
  ],
}

const CHANGES: Section = {
  title: 'While 100 changes a second go on',
  rows: [
    { what: 'changes/s that were answered', of: ({ changes }) => changes?.perSecond },
    { what: 'CPU, % of a core', of: ({ changes }) => changes?.cpuPercent },
    { what: 'rename, p50 ms', of: ({ changes }) => changes?.rename.p50 },
    { what: 'rename, p99 ms', of: ({ changes }) => changes?.rename.p99 },
    { what: 'create until its cluster is started, p50 ms', of: ({ changes }) => changes?.action.p50 },
    { what: 'create until its cluster is started, p99 ms', of: ({ changes }) => changes?.action.p99 },
    ...delayRows('meanwhile', ({ changes }) => changes?.delays),
  ],
}

const START: Section = {
  title: 'A start with all of them',
  rows: [
    { what: 'CPU s until the ready file', of: ({ start }) => start && start.readyCpuMs / 1000 },
    { what: 's until the ready file', of: ({ start }) => start?.readySeconds },
    { what: 'CPU s until each was looked at', of: ({ start }) => start && start.observedCpuMs / 1000 },
    { what: 's until each was looked at', of: ({ start }) => start?.observedSeconds },
    ...delayRows('meanwhile', ({ start }) => start?.delays),
  ],
}

/** `all`: the baseline first where there is one. */
export function reportOf(all: readonly Figures[]): string {
  const sections = [UP, REST, API, CHANGES, START].map((section) => sectionOf(section, all))
  return [...sections, largeAgainstSmall(all)].filter((text) => text !== '').join('\n\n')
}

function sectionOf({ title, rows }: Section, all: readonly Figures[]): string {
  const cells = rows
    .map(({ what, of }) => ({ what, values: all.map(of) }))
    .filter(({ values }) => values.some((value) => value !== undefined))
    .map(({ what, values }) => [what, ...values.map(figure), ...(all.length === 2 ? [ratio(values)] : [])])
  if (cells.length === 0) return ''
  const head = ['', ...all.map(({ tree }) => tree), ...(all.length === 2 ? ['ratio'] : [])]
  return `## ${title}\n\n${table(head, cells)}`
}

function largeAgainstSmall(all: readonly Figures[]): string {
  const measured = all.filter(({ requests }) => requests !== undefined)
  if (measured.length === 0) return ''
  const rows = REQUESTS.map((name) => [
    name,
    ...measured.flatMap(({ requests }) => {
      const [large, small] = [requests?.large[name], requests?.small[name]]
      return [figure(large), figure(small), ratio([small, large])]
    }),
  ])
  const head = ['CPU ms', ...measured.flatMap(({ tree }) => [tree, 'at 100 sessions', 'ratio'])]
  return `## Requests at this population and at 100 sessions\n\n${table(head, rows)}`
}

function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-'
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 || value === 0 ? 2 : 4)
}

function ratio([before, after]: readonly (number | undefined)[]): string {
  if (before === undefined || after === undefined || !Number.isFinite(after / before)) return '-'
  return `${(after / before).toPrecision(2)} x`
}
