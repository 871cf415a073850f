/** The row of sessions. */
import type { FlinkSessionSpec, FlinkSessionUpdate } from '../../api/client/generated/types.gen.ts'
import { defined } from '../../domain/defined.ts'
import { page, timely } from '../api.ts'
import { asUris, mustBeReadable } from '../artifacts.ts'
import type { Body } from '../body.ts'
import { collect, keyValues, merge, readBody } from '../body.ts'
import type { Context } from '../context.ts'
import { usageError } from '../errors.ts'
import { BODY, CHANGES, FORCE, UNTIL_GONE, UNTIL_RUNNING } from '../options.ts'
import { commandsFor } from '../wait.ts'
import { FILTERS, RESOURCE, SUMMARY_COLUMNS, summaries, untilGone, untilRunning } from './resources.ts'
import type { Resources, Row } from './row.ts'

interface Flags {
  file?: string
  name?: string
  runtime?: string
  jar?: string[]
  conf?: string[]
  slots?: string
  jobManagerMemory?: string
  taskManagerMemory?: string
  taskManagers?: string
}

export async function sessionsOf({ weir, workspace }: Context): Promise<Resources> {
  const ws = await workspace()
  const all = () => ({ path: { ws }, signal: timely() })
  const one = (session: string) => ({ path: { ws, session }, signal: timely() })
  return {
    list: (query) => weir.listFlinkSessions({ ...all(), query: summaries(query) }),
    create: (body, headers) => weir.createFlinkSession({ ...all(), body: body as FlinkSessionSpec, headers }),
    describe: (id) => weir.describeFlinkSession(one(id)),
    update: (id, body, headers) => weir.updateFlinkSession({ ...one(id), body: body as FlinkSessionUpdate, headers }),
    remove: (id, { cascade, force }) => weir.deleteFlinkSession({ ...one(id), query: defined({ cascade, force }) }),
    events: (id, query) => weir.listFlinkSessionEvents({ ...one(id), query: page(query) }),
    logs: (id, query) => weir.getFlinkSessionLogs({ ...one(id), query: defined(query) }),
  }
}

export const row: Row<Resources> = {
  ...RESOURCE,
  noun: 'session',
  example: 'demo',
  collections: async (context) => [{ in: await sessionsOf(context) }],
  list: {
    options: FILTERS,
    columns: SUMMARY_COLUMNS,
    none: 'no sessions here yet: weir session create --help',
    examples: [
      ['weir session list', 'all of the workspace'],
      ['weir session list --state FAILED', 'those that need a look'],
      ['weir session list | cut -f1', 'IDs: ID, name, state and time of creation, separated by tabs'],
    ],
  },
  create: {
    description:
      'Create a Flink session: a cluster that runs the jobs submitted to it. ' +
      'Prints the ID alone in a pipe. Flags replace what the file says.',
    options: [
      BODY,
      ['--name <name>', 'its name, unique in the workspace'],
      ['--runtime <runtime>', 'FLINK_1_17, ... FLINK_2_3 (weir runtime list)'],
      ['--jar <file|uri>', 'a jar on its class path; a file of this machine is uploaded first; repeatable', collect],
      ['--conf <key=value>', 'a Flink option; repeatable', collect],
      ['--slots <n>', 'slots of each TaskManager'],
      ['--job-manager-memory <size>', 'like 1600m'],
      ['--task-manager-memory <size>', 'like 1728m'],
      ['--task-managers <min..max>', 'how many it keeps and may grow to: 1..4, or a number for both'],
      ...UNTIL_RUNNING,
    ],
    body: `
A body (JSON, or the same as YAML):
  {
    "name": "demo", "runtime": "FLINK_1_20",
    "jars": ["https://example.com/my-job.jar"], "plugins": [],
    "flinkConfiguration": {"taskmanager.numberOfTaskSlots": "2"}, "logConfiguration": {},
    "jobManagerResource": {"memory": "1600m"}, "taskManagerResource": {"memory": "1728m"}
  }`,
    examples: [
      ['weir session create -f session.json --wait', 'create and wait until it runs'],
      ['weir session create --name demo --runtime FLINK_1_20 --slots 2', 'a simple one, without a file'],
      ['weir session create --name demo --runtime FLINK_1_20 --jar ./my-job.jar', 'with a jar of this machine'],
      ['ID=$(weir session create -f session.json)', 'in a script'],
    ],
    read: readSession,
    async complete(context, body, { jar }: Flags) {
      if (jar) body.jars = await asUris(context, jar)
    },
    untilRunning,
    refused: 'weir session create --help   (shows a body that is accepted)',
  },
  update: {
    description: 'Change a session. Each top-level field that is given is replaced whole, the others stay.',
    options: CHANGES,
    changes: '--name, or -f FILE with fields',
    examples: [
      ['weir session update demo --name "Demo, old"', 'rename'],
      ['weir session update demo -f change.json --if-match 3', 'unless somebody else was faster'],
    ],
  },
  delete: {
    description: 'Delete a session: its cluster is stopped. One that still has live jobs is refused without --cascade.',
    options: [['--cascade', 'delete its jobs too'], FORCE, ...UNTIL_GONE],
    examples: [
      ['weir session delete demo', 'asks first'],
      ['weir session delete demo --cascade --wait --yes', 'with its jobs, and wait until all is gone'],
      ['weir session delete demo --force --yes', 'without waiting for a Flink that does not answer'],
    ],
    consequence: ({ cascade }) =>
      cascade ? 'Its cluster and all of its jobs are stopped.' : 'Its cluster is stopped.',
    untilGone,
    refused: (it, status, { cascade }) =>
      status === 409 && !cascade
        ? `${commandsFor(it, ['delete'])[0]} --cascade   (deletes its jobs too)`
        : 'weir session list',
  },
}

/** The file's body as it stands, with flags in place of what they name; without a file, the required fields. */
async function readSession({ io }: Context, flags: Flags): Promise<Body> {
  const { name, runtime, jobManagerMemory, taskManagerMemory } = flags
  if (flags.file === undefined && !(name && runtime)) {
    const message = 'what is to be created? Give -f FILE, or at least --name and --runtime'
    throw usageError(message, 'weir session create --help')
  }
  const body: Body =
    flags.file !== undefined
      ? await readBody(io, flags.file)
      : {
          jars: [],
          plugins: [],
          flinkConfiguration: {},
          logConfiguration: {},
          jobManagerResource: {},
          taskManagerResource: {},
        }
  const slots = defined({ 'taskmanager.numberOfTaskSlots': flags.slots })
  Object.assign(body, defined({ name, runtime }))
  merge(body, 'flinkConfiguration', { ...keyValues(flags.conf, '--conf'), ...slots })
  merge(body, 'jobManagerResource', defined({ memory: jobManagerMemory }))
  merge(body, 'taskManagerResource', defined({ memory: taskManagerMemory }))
  if (flags.taskManagers !== undefined) body.taskManagers = bounds(flags.taskManagers)
  await mustBeReadable(flags.jar ?? [])
  return body
}

function bounds(text: string): { min: number; max: number } {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text)
  if (!match) throw usageError(`--task-managers ${text}: it must be like 1..4 or 2`, '--task-managers 1..4')
  return { min: Number(match[1]), max: Number(match[2] ?? match[1]) }
}
