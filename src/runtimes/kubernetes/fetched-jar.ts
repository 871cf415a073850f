/**
 * A job's own jar that only Flink's file systems reach, fetched by the JobManager that is to run it: plugins of callers
 * then run in their own pods, with those pods' credentials, and never on this server's machine. A program of `helpers/`
 * is uploaded and run there; it puts the file among the uploaded ones.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expectedSha256, withoutFragment } from '../../artifacts/uri.ts'
import { Failure } from '../../domain/failure.ts'
import { newFlinkJobId } from '../../domain/ids.ts'
import { type FlinkRest, FlinkRestError } from '../../flink/rest.ts'
import { filesJar } from '../helper-jars.ts'

const STAGE_CLASS = 'dev.weir.files.Stage'
/** Values of these keys are never shown. */
const SECRET = /secret|passw|token|credential|access[.-]?key|account[.-]?key|shared[.-]?key|\bsas\b/i

export interface FetchedJar {
  uri: string
  maxBytes: number
  /** The session's: its secrets stand in no message. */
  flinkConfiguration: Record<string, string>
}

/**
 * Answers the ID of the jar there, which is listed as `name`. A repetition finds it there. Throws Failure
 * (FILE_UNAVAILABLE, DISK_FULL), or FlinkRestError where Flink can't be asked.
 */
export async function fetchIntoJobManager(
  { uri, maxBytes, flinkConfiguration }: FetchedJar,
  flink: FlinkRest,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const sha256 = expectedSha256(uri)
  const program = await readFile(await filesJar())
  const version = createHash('sha256').update(program).digest('hex').slice(0, 12)
  const programId = await flink.uploadJar(`weir-files-${version}.jar`, program)
  // Flink lists what is behind the first underscore as the name.
  const jarId = `weir_${name}`
  const sum = sha256 === undefined ? [] : [`SHA-256:${sha256}`]
  const request = {
    entryClass: STAGE_CLASS,
    args: [jarId, withoutFragment(uri), String(maxBytes), ...sum],
    jobId: newFlinkJobId(),
    flinkConfiguration: {},
  }
  const error = await flink.runJar(programId, request, signal).catch((thrown: unknown) => thrown)
  if (!(error instanceof FlinkRestError) || error.kind !== 'REFUSED') throw error
  const [kind, words] = answerIn(error)
  if (kind === 'DONE') return jarId
  const message = withoutSecrets(words, flinkConfiguration)
  throw new Failure(kind === 'LATER' ? 'DISK_FULL' : 'FILE_UNAVAILABLE', message, { retryable: kind !== 'LASTING' })
}

/** See `Staged` of the program. */
function answerIn({ message, errors }: FlinkRestError): [kind: string, words: string] {
  const [, kind, words] =
    /dev\.weir\.files\.Staged: (DONE|LASTING|PASSING|LATER) ([^\r\n]*)/.exec(errors.join('\n')) ?? []
  if (kind !== undefined && words !== undefined) return [kind, words]
  return ['PASSING', `The JobManager could not fetch the job's jar: ${message}`]
}

const withoutSecrets = (text: string, configuration: Record<string, string>): string =>
  Object.entries(configuration)
    .filter(([key, value]) => value.length >= 4 && SECRET.test(key))
    .reduce((shown, [, value]) => shown.replaceAll(value, '***'), text)
