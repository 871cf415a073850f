import { asUris } from '../../artifacts.ts'
import { collect, keyValues, readBody } from '../../body.ts'
import { sessionsOf } from '../../collections.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { usageError } from '../../errors.ts'
import { createWaitOptions } from '../../options.ts'
import { examples } from '../../program.ts'
import type { Define } from '../../tree.ts'
import type { CreateOptions } from '../../verbs/create.ts'
import { createIn } from '../../verbs/create.ts'

interface Flags extends ServerOptions, CreateOptions {
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

const BODY_HELP = `
A body (JSON, or the same as YAML):
  {
    "name": "demo", "runtime": "FLINK_1_20",
    "jars": ["https://example.com/my-job.jar"], "plugins": [],
    "flinkConfiguration": {"taskmanager.numberOfTaskSlots": "2"}, "logConfiguration": {},
    "jobManagerResource": {"memory": "1600m"}, "taskManagerResource": {"memory": "1728m"}
  }`

export const define: Define = (command, io) => {
  command
    .description(
      'Create a Flink session: a cluster that runs the jobs submitted to it. ' +
        'Prints the ID alone in a pipe. Flags replace what the file says.',
    )
    .option('-f, --file <file>', 'the body: a JSON or YAML file, - for stdin')
    .option('--name <name>', 'its name, unique in the workspace')
    .option('--runtime <runtime>', 'FLINK_1_17, ... FLINK_2_3 (weir runtime list)')
    .option(
      '--jar <file|uri>',
      'a jar on its class path; a file of this machine is uploaded first; repeatable',
      collect,
    )
    .option('--conf <key=value>', 'a Flink option; repeatable', collect)
    .option('--slots <n>', 'slots of each TaskManager')
    .option('--job-manager-memory <size>', 'like 1600m')
    .option('--task-manager-memory <size>', 'like 1728m')
    .option('--task-managers <min..max>', 'how many it keeps and may grow to: 1..4, or a number for both')
  createWaitOptions(command)
  serverOptions(command)
    .addHelpText(
      'after',
      BODY_HELP +
        '\n' +
        examples(
          ['weir session create -f session.json --wait', 'create and wait until it runs'],
          ['weir session create --name demo --runtime FLINK_1_20 --slots 2', 'a simple one, without a file'],
          ['weir session create --name demo --runtime FLINK_1_20 --jar ./my-job.jar', 'with a jar of this machine'],
          ['ID=$(weir session create -f session.json)', 'in a script'],
        ),
    )
    .action(async (flags: Flags) => {
      const body = bodyFromFlags(flags.file ? await readBody(io, flags.file) : undefined, flags)
      const context = openContext(io, flags)
      if (flags.jar) body.jars = await asUris(context, flags.jar)
      await createIn(context, 'session', await sessionsOf(context), body, flags)
    })
}

/** The file's body as it stands, with flags in place of what they name; without a file the required fields are filled. */
export function bodyFromFlags(file: Record<string, unknown> | undefined, flags: Flags): Record<string, unknown> {
  if (!file && !(flags.name && flags.runtime)) {
    throw usageError(
      'what is to be created? Give -f FILE, or at least --name and --runtime',
      'weir session create --help',
    )
  }
  const body: Record<string, unknown> = file ?? {
    jars: [],
    plugins: [],
    flinkConfiguration: {},
    logConfiguration: {},
    jobManagerResource: {},
    taskManagerResource: {},
  }
  const conf = keyValues(flags.conf, '--conf')
  if (flags.slots !== undefined) conf['taskmanager.numberOfTaskSlots'] = flags.slots
  const merge = (key: string, values: Record<string, unknown>): void => {
    if (Object.keys(values).length > 0) body[key] = { ...(body[key] as object | undefined), ...values }
  }
  if (flags.name !== undefined) body.name = flags.name
  if (flags.runtime !== undefined) body.runtime = flags.runtime
  merge('flinkConfiguration', conf)
  merge('jobManagerResource', flags.jobManagerMemory ? { memory: flags.jobManagerMemory } : {})
  merge('taskManagerResource', flags.taskManagerMemory ? { memory: flags.taskManagerMemory } : {})
  if (flags.taskManagers !== undefined) body.taskManagers = bounds(flags.taskManagers)
  return body
}

function bounds(text: string): { min: number; max: number } {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text)
  if (!match) throw usageError(`--task-managers ${text}: it must be like 1..4 or 2`, '--task-managers 1..4')
  return { min: Number(match[1]), max: Number(match[2] ?? match[1]) }
}
