import { uploadFile } from '../../artifacts.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { bytes } from '../../output.ts'
import { examples } from '../../program.ts'
import type { Define } from '../../tree.ts'

interface Flags extends ServerOptions {
  name?: string
}

export const define: Define = (command, io) => {
  command
    .description(
      'Upload a jar to the workspace. Each content of a name is a version of its own; what the newest has already is not sent into a new one. ' +
        'Prints the URI for specs, alone in a pipe.',
    )
    .argument('<file>', 'a jar on this machine')
    .option('--name <name>', "its name here, ending in .jar (default: the file's)")
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir artifact upload build/my-job.jar', 'as my-job.jar, the next version'],
        ['weir artifact upload build/job-1.4.2-SNAPSHOT.jar --name job.jar', 'under a name that stays the same'],
        ['URI=$(weir artifact upload my-job.jar)', 'in a script'],
      ),
    )
    .action(async (file: string, flags: Flags) => {
      const context = openContext(io, flags)
      const { artifact, isNew } = await uploadFile(context, file, flags.name)
      const { output } = context
      if (output.json) return output.data(artifact)
      if (!io.outTty) return output.line(artifact.uri)
      output.line(
        `${artifact.name} (${bytes(artifact.sizeBytes)}) is ${isNew ? '' : 'there already, as '}version ${artifact.version}: ${artifact.uri}`,
      )
    })
}
