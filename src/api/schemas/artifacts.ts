/** Schemas of uploaded files. */
import Type from 'typebox'
import { ARTIFACT_NAME_PATTERN } from '../../domain/artifact.ts'
import { ResourceId } from './common.ts'
import { closed, optionalText, page, ref, Time } from './schema.ts'

export const UploadQuery = closed({
  name: Type.String({
    pattern: ARTIFACT_NAME_PATTERN,
    description:
      'a file name of up to 128 letters, digits, dots, underscores and dashes, which begins with a letter or digit ' +
      'and ends in .jar',
  }),
  sha256: optionalText('the SHA-256 of the file, in 64 hexadecimal digits; a body that has another is refused', {
    pattern: '^[0-9A-Fa-f]{64}$',
  }),
})

const count = Type.Integer({ minimum: 0 })
const texts = (description: string) => Type.Array(Type.String(), { description })

const JarInspection = Type.Object(
  {
    entries: count,
    classes: count,
    mainClass: optionalText("The manifest's `Main-Class`."),
    programClass: optionalText("The manifest's `program-class`, which Flink prefers."),
    classPath: Type.Optional(texts("The manifest's `Class-Path`.")),
    entryClasses: texts("Public classes with a main method, the jar's own before those of libraries in it."),
    javaRelease: Type.Optional(
      Type.Integer({ description: 'The newest Java release that its classes are compiled for: 17.' }),
    ),
    flinkVersion: optionalText('The Flink that it was built against, where the jar tells.'),
    flinkVersionFrom: optionalText('Where in the jar that was read.'),
    connectors: Type.Array(Type.Object({ name: Type.String(), version: optionalText() }), {
      description: 'Connectors and formats for Flink that it holds.',
    }),
    bundlesFlink: texts('Packages of Flink itself, which every cluster has already.'),
    signed: Type.Boolean(),
    signers: texts('Signature files.'),
    notListed: Type.Optional(
      Type.Object(
        {
          classPath: Type.Optional(count),
          entryClasses: Type.Optional(count),
          connectors: Type.Optional(count),
          signers: Type.Optional(count),
        },
        {
          description:
            'How many more the jar has than these lists hold, each of which ends at 100 items or 16 KiB. Absent where all are listed.',
        },
      ),
    ),
  },
  { description: 'What was found in the jar when it came, without running it.' },
)

export const Artifact = Type.Object(
  {
    id: ref(ResourceId),
    name: Type.String(),
    version: Type.Integer({ minimum: 1, description: 'Counts from 1; that of a deleted version is not given again.' }),
    uri: Type.String({ description: 'What specs name it by: `artifact://NAME?version=N`.' }),
    sizeBytes: Type.Integer({ minimum: 1 }),
    sha256: Type.String({ description: 'Of its content, in lower-case hexadecimal.' }),
    contentType: optionalText('The media type that it was sent as.'),
    createdAt: Time,
    inspection: Type.Optional(JarInspection),
  },
  { $id: 'Artifact', description: 'One version of an uploaded file. It never changes.' },
)

export const ArtifactList = page('ArtifactList', ref(Artifact))
