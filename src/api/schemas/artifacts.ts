/** Schemas of uploaded files. */
import Type from 'typebox'
import { ARTIFACT_NAME_PATTERN } from '../../domain/artifact.ts'
import { ResourceId } from './common.ts'
import { page, ref, Time } from './schema.ts'

export const UploadQuery = Type.Object(
  {
    name: Type.String({
      pattern: ARTIFACT_NAME_PATTERN,
      description: 'a file name of up to 128 letters, digits, dots, underscores and dashes, which begins with a letter or digit and ends in .jar',
    }),
    sha256: Type.Optional(Type.String({
      pattern: '^[0-9A-Fa-f]{64}$',
      description: 'the SHA-256 of the file, in 64 hexadecimal digits; a body that has another is refused',
    })),
  },
  { additionalProperties: false },
)

export const Artifact = Type.Object(
  {
    id: ref(ResourceId),
    name: Type.String(),
    version: Type.Integer({ minimum: 1, description: 'Counts from 1; that of a deleted version is not given again.' }),
    uri: Type.String({ description: 'What specs name it by: `artifact://NAME?version=N`.' }),
    sizeBytes: Type.Integer({ minimum: 1 }),
    sha256: Type.String({ description: 'Of its content, in lower-case hexadecimal.' }),
    contentType: Type.Optional(Type.String({ description: 'The media type that it was sent as.' })),
    createdAt: Time,
    inspection: Type.Optional(Type.Unsafe<object>({ type: 'object', description: 'What was found in the file when it came.' })),
  },
  { $id: 'Artifact', description: 'One version of an uploaded file. It never changes.' },
)

export const ArtifactList = page('ArtifactList', ref(Artifact))
