/**
 * What is at rest: resources of which a cycle has established that nothing is due, nor will be while the same is
 * observed. Of these a cluster and all its runs are observed together, without the store and without a cycle; whoever
 * finds something new gets one. `docs/decisions/resting.md` has the reasons.
 *
 * Whatever is at rest is kept in memory alone. A cycle of a resource ends its rest, so that whoever wakes it for
 * another reason, a caller's change or a signal, never meets an observation from before.
 */
import type { ClusterRef } from '../domain/cluster.ts'
import type { AnyResource, ClusterResource } from '../domain/resource.ts'
import type { State } from '../domain/status.ts'
import { type ClusterView, type JobLine, runLine } from './controllers/cluster/view.ts'

export type Named = Pick<AnyResource, 'kind' | 'id'>

/** The live generation of a host, and the workspace whose runtime has it. */
export interface Target {
  workspace: string
  generation: ClusterRef
}

/** How a cycle has left a resource. */
interface Left {
  /** How soon to observe again, in milliseconds. */
  pace: number
  /** It was observed, and not only not heard of. */
  isObserved: boolean
}

export interface ClusterRest extends Left {
  sign: string
}

export interface RunRest extends Left {
  /** Absent while the run waits for its host. */
  flinkJobId?: string
  /** What its conclusions were made from: see view.ts. */
  word: string
  /** When the run's own question to Flink was asked. */
  at: number
  /** Whose checkpoints are to be watched. */
  saved?: SavedState
}

/** An attempt whose checkpoints Flink is asked about. */
export interface SavedState {
  attempt: number
  flinkJobId: string
  folder?: string
}

/** A host's view as a cycle of a run finds it before it reads the run's records. */
export interface Mark {
  sequence: number
  view?: ClusterView
  state: State
}

export interface RunEntry extends Named {
  rest: RunRest
  /** Its whole line, once that is known to be what its conclusions were made from. */
  whole?: string
}

export interface HostEntry {
  host: Named
  target?: Target
  view?: ClusterView
  state: State
  /** Counts the views. */
  sequence: number
  rest?: ClusterRest
  runs: Map<string, RunEntry>
  /** Whose checkpoints are asked for next. */
  turn: number
}

export interface RestingOptions {
  /** Something new was observed of it: a cycle is due. */
  wake(resource: Named): void
  /** The same, and it may come together with others. */
  wakeSoon(resource: Named): void
  /** A cycle is due after that time. */
  wakeAfter(resource: Named, ms: number): void
  /** There is something to observe of that host, or sooner than before. */
  onRest(entry: HostEntry): void
}

export interface Resting {
  /** A cycle of it begins, or it is gone: what was established counts no more. */
  begin(id: string): void
  /** The host as it was observed the last time. */
  mark(host: Named): Mark
  /** A cycle of the host has observed it, and what follows is written. `target`: absent where no cluster lives. */
  observed(
    host: ClusterResource,
    observation: { generation: ClusterRef | undefined; view: ClusterView; now: number },
  ): void
  clusterRests(host: Named, rest: ClusterRest): void
  /** Answers when the run needs a cycle all the same, in milliseconds: Infinity, unless Flink's answer may be old. */
  runRests(run: Named, host: Named, rest: RunRest, mark: Mark): number
  forget(id: string): void
  isResting(id: string): boolean
  entry(host: string): HostEntry | undefined
  /** Compares with what was established; wakes whoever has news. Answers the IDs of those that were found unchanged. */
  compare(entry: HostEntry, view: ClusterView, now: number): string[]
  size(): number
}

/**
 * Flink answers about a single job from a cache (`web.refresh-interval`, 3 s unless it is told otherwise): an answer
 * may be older than the overview. A job that has not changed for longer can't be meant.
 */
const CACHED_MS = 5_000

export function createResting(options: RestingOptions): Resting {
  const hosts = createHosts()
  const { entryOf, endRun } = hosts
  const compare = comparing(hosts, options)

  return {
    begin(id) {
      const entry = hosts.entries.get(id)
      if (entry) delete entry.rest
      endRun(id)
    },
    mark(host) {
      const { sequence, view, state } = entryOf(host)
      return { sequence, state, ...(view && { view }) }
    },
    observed(host, { generation, view, now }) {
      const entry = entryOf(host)
      if (generation) entry.target = { workspace: host.workspace, generation }
      else delete entry.target
      entry.state = host.deletion ? 'DELETING' : host.state
      compare(entry, view, now)
    },
    clusterRests(host, rest) {
      const entry = entryOf(host)
      entry.rest = rest
      options.onRest(entry)
    },
    runRests(run, host, rest, mark) {
      const entry = entryOf(host)
      const line = mark.view && runLine(mark.view, mark.state, rest)
      const resting: RunEntry = { kind: run.kind, id: run.id, rest }
      const known = line?.word === rest.word ? line : undefined
      if (known) resting.whole = known.whole
      endRun(run.id)
      entry.runs.set(run.id, resting)
      hosts.ofRuns.set(run.id, host.id)
      // What was observed meanwhile has not been compared with it.
      if (entry.view && entry.sequence !== mark.sequence && !isSame(resting, runLine(entry.view, entry.state, rest))) {
        endRun(run.id)
        options.wake(run)
        return Infinity
      }
      options.onRest(entry)
      return known && !isOld(known, 0) ? CACHED_MS : Infinity
    },
    forget(id) {
      endRun(id)
      hosts.entries.delete(id)
    },
    isResting: (id) => hosts.entries.get(id)?.rest !== undefined || hosts.ofRuns.has(id),
    entry: (host) => hosts.entries.get(host),
    compare,
    size: () => hosts.entries.size + hosts.ofRuns.size,
  }
}

function createHosts() {
  const entries = new Map<string, HostEntry>()
  /** Run -> host. */
  const ofRuns = new Map<string, string>()
  return {
    entries,
    ofRuns,
    entryOf({ kind, id }: Named): HostEntry {
      const known = entries.get(id)
      if (known) return known
      const entry: HostEntry = { host: { kind, id }, state: 'PENDING', sequence: 0, runs: new Map(), turn: 0 }
      entries.set(id, entry)
      return entry
    },
    endRun(id: string): void {
      const host = ofRuns.get(id)
      if (host !== undefined) entries.get(host)?.runs.delete(id)
      ofRuns.delete(id)
    },
  }
}

const comparing =
  ({ endRun }: ReturnType<typeof createHosts>, options: RestingOptions): Resting['compare'] =>
  (entry, view, now) => {
    const same: string[] = []
    entry.view = view
    entry.sequence += 1
    if (entry.rest && entry.rest.sign !== view.sign) {
      delete entry.rest
      options.wakeSoon(entry.host)
    }
    if (entry.rest?.isObserved) same.push(entry.host.id)
    for (const run of [...entry.runs.values()]) {
      const line = runLine(view, entry.state, run.rest)
      if (!isSame(run, line)) {
        endRun(run.id)
        options.wake(run)
        continue
      }
      if (run.whole === undefined) adopt(run, line, now, options)
      if (run.rest.isObserved && run.id !== entry.host.id) same.push(run.id)
    }
    return same
  }

const isSame = ({ rest, whole }: RunEntry, line: JobLine): boolean =>
  line.word === rest.word && (whole === undefined || line.whole === whole)

/** Nothing has changed for so long, and for `since` more, that Flink can't have answered from before. */
const isOld = ({ unchangedMs }: JobLine, since: number): boolean => unchangedMs >= CACHED_MS + since

/** The run's conclusions agree with it, and were made before: from the same, unless Flink's answer was an old one. */
function adopt(run: RunEntry, line: JobLine, now: number, { wakeAfter }: RestingOptions): void {
  run.whole = line.whole
  if (!isOld(line, Math.max(0, now - run.rest.at))) wakeAfter(run, CACHED_MS)
}
