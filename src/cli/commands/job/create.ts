import { asUris } from '../../artifacts.ts'
import { collect, keyValues, readBody } from '../../body.ts'
import { jobsOf } from '../../collections.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { usageError } from '../../errors.ts'
import { createWaitOptions, sessionOption } from '../../options.ts'
import { examples } from '../../program.ts'
import { onlySession } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import type { CreateOptions } from '../../verbs/create.ts'
import { createIn } from '../../verbs/create.ts'

interface Flags extends ServerOptions, CreateOptions {
  file?: string
  session?: string
  name?: string
  entryClass?: string
  jar?: string
  jarUri?: string
  conf?: string[]
}

const BODY_HELP = `
A body (JSON, or the same as YAML):
  {
    "name": "counts", "flinkConfiguration": {"parallelism.default": "2"},
    "job": {"entryClass": "com.example.MyJob", "args": ["--topic", "orders"]}
  }
The class comes from the session's jars, or from the jar that "jarUri" in "job" names.`

export const define: Define = (command, io) => {
  command
    .description('Submit a job to a session. Prints the ID alone in a pipe. Flags replace what the file says.')
    .argument('[args...]', "after --: arguments of the job's main()")
    .option('-f, --file <file>', 'the body: a JSON or YAML file, - for stdin')
    .option('--name <name>', 'its name, unique in the session')
    .option('--entry-class <class>', 'the class whose main() builds the job')
    .option(
      '--jar <file|uri>',
      "a jar of its own, uploaded first if it is a file of this machine; without it the session's jars have the class",
    )
    .option('--jar-uri <uri>', 'the same for a URI only')
    .option('--conf <key=value>', 'a Flink option of this job; repeatable', collect)
  sessionOption(command, 'the session to run in; may be left out when there is only one')
  createWaitOptions(command)
  serverOptions(command)
    .addHelpText(
      'after',
      BODY_HELP +
        '\n' +
        examples(
          ['weir job create --session demo -f job.json --wait', 'submit and wait until all of its tasks run'],
          [
            'weir job create --name counts --jar ./my-job.jar --entry-class com.example.MyJob',
            'with a jar of this machine',
          ],
          [
            'weir job create --name counts --entry-class com.example.MyJob -- --topic orders',
            'without a file; main() gets what follows --',
          ],
        ),
    )
    .action(async (args: string[], flags: Flags) => {
      const file = flags.file ? await readBody(io, flags.file) : undefined
      const body = bodyFromFlags(file, args, { ...flags, ...(flags.jar !== undefined && { jarUri: flags.jar }) })
      const context = openContext(io, flags)
      const session = await onlySession(context, flags.session, 'weir job create --session NAME ...')
      if (flags.jar !== undefined)
        body.job = { ...(body.job as object), jarUri: (await asUris(context, [flags.jar]))[0] }
      await createIn(context, 'job', await jobsOf(context, session.id), body, flags, session)
    })
}

/** The file's body as it stands, with flags in place of what they name; without a file the required fields are filled. */
export function bodyFromFlags(
  file: Record<string, unknown> | undefined,
  args: string[],
  flags: Flags,
): Record<string, unknown> {
  if (!file && !(flags.name && (flags.entryClass || flags.jarUri))) {
    throw usageError('what is to run? Give -f FILE, or at least --name and --entry-class', 'weir job create --help')
  }
  const body: Record<string, unknown> = file ?? { flinkConfiguration: {}, job: { args: [] } }
  const conf = keyValues(flags.conf, '--conf')
  const job = {
    ...(args.length > 0 ? { args } : {}),
    ...(flags.entryClass === undefined ? {} : { entryClass: flags.entryClass }),
    ...(flags.jarUri === undefined ? {} : { jarUri: flags.jarUri }),
  }
  if (flags.name !== undefined) body.name = flags.name
  if (Object.keys(conf).length > 0)
    body.flinkConfiguration = { ...(body.flinkConfiguration as object | undefined), ...conf }
  if (Object.keys(job).length > 0) body.job = { ...(body.job as object | undefined), ...job }
  return body
}
