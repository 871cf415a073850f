/** The row of the jobs in sessions. */
import type { FlinkSessionJobSpec, FlinkSessionJobUpdate } from '../../api/client/generated/types.gen.ts'
import { defined } from '../../domain/defined.ts'
import { page, timely } from '../api.ts'
import { asUris } from '../artifacts.ts'
import type { Body } from '../body.ts'
import { collect, keyValues, merge, readBody } from '../body.ts'
import { type Option, OWN_ARGUMENTS } from '../command.ts'
import type { Context } from '../context.ts'
import { usageError } from '../errors.ts'
import { BODY, FORCE, UNTIL_GONE, UNTIL_RUNNING } from '../options.ts'
import { find, listAll, located } from './find.ts'
import { FILTERS, RESOURCE, SUMMARY_COLUMNS, summaries, untilGone, untilRunning } from './resources.ts'
import type { Located, Resources, Row } from './row.ts'
import { row as sessionRow, sessionsOf } from './session.ts'

interface Flags {
  file?: string
  name?: string
  entryClass?: string
  jar?: string
  jarUri?: string
  conf?: string[]
}

export async function jobsOf({ weir, workspace }: Context, session: string): Promise<Resources> {
  const path = { ws: await workspace(), session }
  const all = () => ({ path, signal: timely() })
  const one = (job: string) => ({ path: { ...path, job }, signal: timely() })
  return {
    list: (query) => weir.listFlinkSessionJobs({ ...all(), query: summaries(query) }),
    create: (body, headers) => weir.createFlinkSessionJob({ ...all(), body: body as FlinkSessionJobSpec, headers }),
    describe: (id) => weir.describeFlinkSessionJob(one(id)),
    update: (id, body, headers) =>
      weir.updateFlinkSessionJob({ ...one(id), body: body as FlinkSessionJobUpdate, headers }),
    remove: (id, { force }) => weir.deleteFlinkSessionJob({ ...one(id), query: defined({ force }) }),
    events: (id, query) => weir.listFlinkSessionJobEvents({ ...one(id), query: page(query) }),
    logs: (id, query) => weir.getFlinkSessionJobLogs({ ...one(id), query: defined(query) }),
  }
}

async function sessions(context: Context, name: string | undefined): Promise<Located<Resources>[]> {
  if (name !== undefined) return [await find(context, sessionRow, name)]
  const all = await sessionsOf(context)
  return (await listAll(all)).map((one) => located('session', one, { in: all }))
}

const inSession = (meaning: string): Option => ['-s, --session <id|name>', meaning]

export const row: Row<Resources> = {
  ...RESOURCE,
  noun: 'job',
  example: 'counts',
  where: [inSession('the session it is in; without it, looked for in all')],
  async collections(context, name) {
    const found = await sessions(context, name)
    return Promise.all(found.map(async (session) => ({ in: await jobsOf(context, session.id), session })))
  },
  list: {
    options: [inSession('only those of this session'), ...FILTERS],
    columns: [...SUMMARY_COLUMNS, { header: 'SESSION', value: (row: { session: string }) => row.session }],
    none: 'no jobs here yet: weir job create --help',
    examples: [
      ['weir job list', 'of all sessions'],
      ['weir job list --session demo --state FAILED', 'those of one session that need a look'],
    ],
  },
  create: {
    description: 'Submit a job to a session. Prints the ID alone in a pipe. Flags replace what the file says.',
    arguments: [['[args...]', `${OWN_ARGUMENTS}arguments of the job's main()`]],
    options: [
      BODY,
      ['--name <name>', 'its name, unique in the session'],
      ['--entry-class <class>', 'the class whose main() builds the job'],
      [
        '--jar <file|uri>',
        'a jar of its own, uploaded first if it is a file of this machine; ' +
          "without it the session's jars have the class",
      ],
      ['--jar-uri <uri>', 'the same for a URI only'],
      ['--conf <key=value>', 'a Flink option of this job; repeatable', collect],
      inSession('the session to run in; may be left out when there is only one'),
      ...UNTIL_RUNNING,
    ],
    body: `
A body (JSON, or the same as YAML):
  {
    "name": "counts", "flinkConfiguration": {"parallelism.default": "2"},
    "job": {"entryClass": "com.example.MyJob", "args": ["--topic", "orders"]}
  }
The class comes from the session's jars, or from the jar that "jarUri" in "job" names.`,
    examples: [
      ['weir job create --session demo -f job.json --wait', 'submit and wait until all of its tasks run'],
      [
        'weir job create --name counts --jar ./my-job.jar --entry-class com.example.MyJob',
        'with a jar of this machine',
      ],
      [
        'weir job create --name counts --entry-class com.example.MyJob -- --topic orders',
        'without a file; main() gets what follows --',
      ],
    ],
    read: readJob,
    async complete(context, body, { jar }: Flags) {
      if (jar !== undefined) merge(body, 'job', { jarUri: (await asUris(context, [jar]))[0] })
    },
    untilRunning,
    missing: 'weir session list',
    refused: 'weir job create --help   (shows a body that is accepted)',
  },
  delete: {
    description: 'Cancel a job in Flink and delete it, with the checkpoints it made. Savepoints stay.',
    options: [FORCE, ...UNTIL_GONE],
    examples: [
      ['weir job delete counts', 'asks first'],
      ['weir job delete counts --session demo --wait --yes', 'and wait until it is gone'],
    ],
    consequence: () => 'It is cancelled, and its checkpoints are deleted.',
    untilGone,
    refused: () => 'weir job list',
  },
}

/** The file's body as it stands, with flags in place of what they name; without a file, the required fields. */
async function readJob({ io }: Context, flags: Flags, args: string[]): Promise<Body> {
  const { name, entryClass } = flags
  const jarUri = flags.jar ?? flags.jarUri
  if (flags.file === undefined && !(name && (entryClass || jarUri))) {
    const message = 'what is to run? Give -f FILE, or at least --name and --entry-class'
    throw usageError(message, 'weir job create --help')
  }
  const body: Body =
    flags.file !== undefined ? await readBody(io, flags.file) : { flinkConfiguration: {}, job: { args: [] } }
  Object.assign(body, defined({ name }))
  merge(body, 'flinkConfiguration', keyValues(flags.conf, '--conf'))
  merge(body, 'job', defined({ args: args.length > 0 ? args : undefined, entryClass, jarUri }))
  return body
}
