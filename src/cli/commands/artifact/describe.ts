import type { Artifact } from '../../../api/client/generated/types.gen.ts'
import { findArtifact } from '../../artifacts.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { bytes, flatten } from '../../output.ts'
import { examples } from '../../program.ts'
import type { Define } from '../../tree.ts'

export const define: Define = (command, io) => {
  command.argument('<artifact>', 'ID, URI, or name (then its newest version)')
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir artifact describe my-job.jar', 'the newest version'],
        ["weir artifact describe 'artifact://my-job.jar?version=2' --json", 'that version, for programs'],
      ),
    )
    .action(async (name: string, flags: ServerOptions) => {
      const { output, ...context } = openContext(io, flags)
      const artifact = await findArtifact({ output, ...context }, name)
      if (output.json) output.data(artifact)
      else output.record(output.tty ? forPeople(artifact) : flatten(inWords(artifact)))
    })
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
    ...several('entry class', jar.entryClasses, 'none: no public class with a main method was found'),
    ...flatten({ 'Main-Class': mainClass, 'program-class': programClass, 'Class-Path': jar.classPath }),
    ['built for Java', javaRelease === undefined ? 'unknown: no class tells' : `${javaRelease}`],
    [
      'built for Flink',
      flinkVersion === undefined
        ? 'unknown: nothing in the jar tells'
        : `${flinkVersion} (says ${flinkVersionFrom ?? 'the jar'})`,
    ],
    ...several('connector', connectorsOf(jar, ' '), 'none'),
    ...several('bundled of Flink', jar.bundlesFlink, 'nothing'),
    ['signed', jar.signed ? `yes: ${jar.signers.join(', ')}` : 'no'],
  ]
}

/** A line for each; the name stands before the first. */
function several(label: string, all: readonly string[], none: string): [string, string][] {
  if (all.length === 0) return [[label, none]]
  const more = all.length - MOST
  const lines = [...all.slice(0, MOST), ...(more > 0 ? [`and ${more} more: --json has them`] : [])]
  return lines.map((line, index) => [index === 0 ? label : '', line])
}
