/** Jars that were uploaded to the workspace: one version of a name each. */
import type { Artifact } from '../../api/client/generated/types.gen.ts'
import { expectOk } from '../api.ts'
import { allArtifacts, findArtifact, uploadFile } from '../artifacts.ts'
import type { Definition, Explained } from '../command.ts'
import { confirm } from '../confirm.ts'
import { WORKSPACE, YES } from '../options.ts'
import type { Column } from '../output.ts'
import { age, bytes, flatten } from '../output.ts'

const ARGUMENT: Explained = ['<artifact>', 'ID, URI, or name (then its newest version)']

export const upload: Definition<{ name?: string }, [string]> = {
  description:
    'Upload a jar to the workspace. Each content of a name is a version of its own; ' +
    'what the newest has already is not sent into a new one. ' +
    'Prints the URI for specs, alone in a pipe.',
  arguments: [['<file>', 'a jar on this machine']],
  options: [
    ['--name <name>', "its name here, ending in .jar (default: the file's, with dashes for spaces and the like)"],
    ...WORKSPACE,
  ],
  examples: [
    ['weir artifact upload build/my-job.jar', 'as my-job.jar, the next version'],
    ['weir artifact upload build/job-1.4.2-SNAPSHOT.jar --name job.jar', 'under a name that stays the same'],
    ['URI=$(weir artifact upload my-job.jar)', 'in a script'],
  ],
  async run(context, flags, file) {
    const { artifact, isNew } = await uploadFile(context, file, flags.name)
    const { name, version, uri, sizeBytes } = artifact
    const { output } = context
    if (output.json) output.data(artifact)
    else if (!output.tty) output.line(uri)
    else output.line(`${name} (${bytes(sizeBytes)}) is ${isNew ? '' : 'there already, as '}version ${version}: ${uri}`)
  },
}

const COLUMNS: Column<Artifact>[] = [
  { header: 'ID', value: (row) => row.id },
  { header: 'NAME', value: (row) => row.name },
  { header: 'VERSION', value: (row) => String(row.version) },
  { header: 'SIZE', value: (row) => String(row.sizeBytes), human: (row) => bytes(row.sizeBytes) },
  { header: 'AGE', value: (row) => row.createdAt, human: (row) => age(row.createdAt) },
]

export const list: Definition<{ name?: string }> = {
  options: [['--name <name>', 'only the versions of this name'], ...WORKSPACE],
  examples: [
    ['weir artifact list', 'every version of every file of the workspace'],
    ['weir artifact list --name my-job.jar', 'the versions of one'],
  ],
  async run(context, { name }) {
    const none = 'nothing was uploaded here yet: weir artifact upload --help'
    context.output.list(await allArtifacts(context, name), COLUMNS, none)
  },
}

const remove: Definition<{ yes?: boolean }, [string]> = {
  description: 'Delete one version of an uploaded file. One that a session or a job uses is refused.',
  arguments: [ARGUMENT],
  options: [YES, ...WORKSPACE],
  examples: [
    ["weir artifact delete 'artifact://my-job.jar?version=2'", 'asks first'],
    ['weir artifact delete my-job.jar --yes', 'the newest version'],
  ],
  async run(context, flags, text) {
    const { id, name, version, uri } = await findArtifact(context, text)
    const asked = { noun: 'artifact', id, name: uri }
    if (!flags.yes) await confirm(context, asked, 'What nobody uploads again is lost.')
    const path = { ws: await context.workspace(), artifact: id }
    expectOk(await context.weir.deleteArtifact({ path }), 'weir session list')
    const { output } = context
    if (output.json) output.data({ id, name, version, state: 'DELETED' })
    else if (output.tty) output.line(`version ${version} of ${name} (${id}) is gone`)
  },
}

export { remove as delete }

export const describe: Definition<object, [string]> = {
  arguments: [ARGUMENT],
  options: WORKSPACE,
  examples: [
    ['weir artifact describe my-job.jar', 'the newest version'],
    ["weir artifact describe 'artifact://my-job.jar?version=2' --json", 'that version, for programs'],
  ],
  async run(context, _, text) {
    const artifact = await findArtifact(context, text)
    const { output } = context
    if (output.json) output.data(artifact)
    else output.record(output.tty ? forPeople(artifact) : flatten(inWords(artifact)))
  },
}

type Inspection = NonNullable<Artifact['inspection']>

const connectorsOf = ({ connectors }: Inspection, separator: string): string[] =>
  connectors.map(({ name, version }) => (version === undefined ? name : `${name}${separator}${version}`))

/** With connectors in one line, as the other lists are. */
const inWords = ({ inspection, ...artifact }: Artifact): object => ({
  ...artifact,
  ...(inspection && { inspection: { ...inspection, connectors: connectorsOf(inspection, ':') } }),
})

/** Of a hundred entry classes or packages the first are told, and how many more there are. */
const MOST = 10

function forPeople({ inspection, sizeBytes, ...artifact }: Artifact): [string, string][] {
  const { id, name, version, uri, ...rest } = artifact
  const about = flatten({ id, name, version, uri, size: bytes(sizeBytes), ...rest })
  return inspection ? [...about, ...inTheJar(inspection)] : about
}

/** What is absent is told too: that no entry class was found is what somebody may have come for. */
function inTheJar(jar: Inspection): [string, string][] {
  const { mainClass, programClass, javaRelease, flinkVersion, flinkVersionFrom } = jar
  return [
    ['entries', `${jar.entries}, of them ${jar.classes} classes`],
    ...several(
      'entry class',
      jar.entryClasses,
      'none: no public class with a main method was found',
      jar.notListed?.entryClasses,
    ),
    ...flatten({ 'Main-Class': mainClass, 'program-class': programClass, 'Class-Path': jar.classPath }),
    ['built for Java', javaRelease === undefined ? 'unknown: no class tells' : `${javaRelease}`],
    [
      'built for Flink',
      flinkVersion === undefined
        ? 'unknown: nothing in the jar tells'
        : `${flinkVersion} (says ${flinkVersionFrom ?? 'the jar'})`,
    ],
    ...several('connector', connectorsOf(jar, ' '), 'none', jar.notListed?.connectors),
    ...several('bundled of Flink', jar.bundlesFlink, 'nothing'),
    ['signed', jar.signed ? `yes: ${jar.signers.join(', ')}` : 'no'],
  ]
}

/** A line for each; the name stands before the first. */
function several(label: string, all: readonly string[], none: string, notListed = 0): [string, string][] {
  if (all.length === 0) return [[label, none]]
  const more = all.length - MOST
  const shown = [...all.slice(0, MOST), ...(more > 0 ? [`and ${more} more: --json has them`] : [])]
  const lines = notListed > 0 ? [...shown, `and ${notListed} more, which are not listed`] : shown
  return lines.map((line, index) => [index === 0 ? label : '', line])
}
