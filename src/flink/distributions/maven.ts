/** Maven as the way to Flink's S3 plugin, which PyPI's packages lack. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { PinnedFile } from './catalogue.ts'
import { firstWorking, lastWords, runCommand } from './command.ts'
import { SourceRefused } from './source.ts'

export interface MavenTask {
  candidates: readonly (readonly string[])[]
  env: NodeJS.ProcessEnv
  /** An existing folder for this task alone; it holds no pom.xml, so that Maven takes nobody's project for its own. */
  folder: string
  signal: AbortSignal
}

const SILENCE_MS = 90_000

/** Maven's own plugin version differs per Maven; a fixed one behaves alike everywhere. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy'

/** Both spellings of "give up soon": Maven before and after 3.9. */
const IMPATIENT = [
  '-Dmaven.wagon.http.connectionTimeout=3000',
  '-Daether.connector.connectTimeout=3000',
  '-Dmaven.wagon.http.retryHandler.count=1',
  '-Daether.connector.http.retryHandler.count=1',
]

/** Copies `org.apache.flink:ARTIFACT:VERSION` into the folder and answers its path. Throws SourceRefused. */
export async function copyFlinkArtifact(
  artifact: string,
  version: string,
  pin: PinnedFile,
  task: MavenTask,
): Promise<string> {
  const options = { cwd: task.folder, env: task.env, signal: task.signal }
  const mvn = await firstWorking(task.candidates, '--version', options)
  if (!mvn) throw new SourceRefused('mvn was not found (or its Java is missing)')
  const target = join(task.folder, 'download')
  await mkdir(target, { recursive: true })
  const args = [
    '-B',
    COPY,
    `-Dartifact=org.apache.flink:${artifact}:${version}`,
    `-DoutputDirectory=${target}`,
    ...IMPATIENT,
  ]
  const result = await runCommand([...mvn, ...args], { ...options, silenceMs: SILENCE_MS })
  if (result.end === 'SILENT') throw new SourceRefused(`mvn heard nothing for ${SILENCE_MS / 1000} s`)
  if (result.end !== 'OK') {
    throw new SourceRefused(
      `mvn could not get ${artifact} ${version}: ${lastWords(result.output, /^\[ERROR\] Failed|^\[ERROR\] .*rror/)}`,
    )
  }
  const path = join(target, `${artifact}-${version}.jar`)
  const sha256 = await sha256Of(path)
  if (sha256 === pin.sha256) return path
  throw new SourceRefused(`what mvn brought as ${artifact} ${version} is not what Weir pins: its SHA-256 is ${sha256}`)
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
