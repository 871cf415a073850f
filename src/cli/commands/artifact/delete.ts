import { expectOk } from '../../api.ts'
import { findArtifact } from '../../artifacts.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { examples } from '../../program.ts'
import type { Define } from '../../tree.ts'
import { confirm } from '../../verbs/delete.ts'

export const define: Define = (command, io) => {
  command
    .description('Delete one version of an uploaded file. One that a session or a job uses is refused.')
    .argument('<artifact>', 'ID, URI, or name (then its newest version)')
    .option('-y, --yes', 'do not ask')
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ["weir artifact delete 'artifact://my-job.jar?version=2'", 'asks first'],
        ['weir artifact delete my-job.jar --yes', 'the newest version'],
      ),
    )
    .action(async (text: string, flags: ServerOptions & { yes?: boolean }) => {
      const context = openContext(io, flags)
      const { id, name, version, uri } = await findArtifact(context, text)
      if (!flags.yes) await confirm(context, { kind: 'artifact', id, name: uri }, 'What nobody uploads again is lost.')
      expectOk(
        await context.weir.deleteArtifact({ path: { ws: await context.workspace(), artifact: id } }),
        'weir session list',
      )
      const { output } = context
      if (output.json) output.data({ id, name, version, state: 'DELETED' })
      else if (io.outTty) output.line(`version ${version} of ${name} (${id}) is gone`)
    })
}
