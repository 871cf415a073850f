/**
 * Flink's configuration file. 1.x reads `flink-conf.yaml`, whose lines are no YAML: nothing is quoted, `#` starts a
 * comment anywhere, a line is a value. 2.x reads `config.yaml`, which is YAML. Owner-only: values hold secrets.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { EffectiveClusterSpec } from '../../domain/cluster.ts'
import { fitsFlinkConf } from '../../domain/configuration.ts'
import { portRanges } from '../../domain/ports.ts'
import type { ProcessRecord } from '../../domain/process.ts'
import { jsonInYaml } from '../json-in-yaml.ts'
import { composeLog4j, LOG4J_FILE } from '../logging.ts'
import type { Java } from './java.ts'
import type { LaunchFolder } from './paths.ts'

export interface ConfFile {
  name: string
  text: string
  /** What the file's format can't hold; the JVM gets it as dynamic properties. */
  inexpressible: [key: string, value: string][]
}

export function renderConf(flinkVersion: string, configuration: Record<string, string>): ConfFile {
  const entries = Object.entries(configuration).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  if (!flinkVersion.startsWith('1.')) {
    // A JSON string is a YAML string in double quotes.
    const lines = entries.map(([key, value]) => `${jsonInYaml(key)}: ${jsonInYaml(value)}\n`)
    return { name: 'config.yaml', text: lines.join(''), inexpressible: [] }
  }
  const expressible = ([key, value]: [string, string]) => fitsFlinkConf(key, value)
  return {
    name: 'flink-conf.yaml',
    text: entries
      .filter(expressible)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
    inexpressible: entries.filter((entry) => !expressible(entry)),
  }
}

/** The whole configuration of one launch: the specification's, and what only the launch knows. */
export function launchConfiguration(
  spec: EffectiveClusterSpec,
  folder: LaunchFolder,
  java: Java,
  jobManager: Pick<ProcessRecord, 'restPort' | 'rpcPort'>,
): Record<string, string> {
  const loopback = '127.0.0.1'
  return {
    // Keeps a main() that calls System.exit from taking the JobManager along. Java 24 took away what this rests on;
    // asking for it there keeps Flink from starting.
    ...(java.major < 24 ? { 'cluster.intercept-user-system-exit': 'THROW' } : {}),
    ...spec.flinkConfiguration,
    ...portRanges(spec.flinkConfiguration),
    'jobmanager.rpc.address': loopback,
    'jobmanager.rpc.port': String(jobManager.rpcPort),
    'jobmanager.bind-host': loopback,
    'taskmanager.host': loopback,
    'taskmanager.bind-host': loopback,
    'rest.address': loopback,
    'rest.bind-address': loopback,
    'rest.port': String(jobManager.restPort),
    'rest.bind-port': String(jobManager.restPort),
    'io.tmp.dirs': folder.tmp,
    'web.upload.dir': folder.upload,
    'blob.storage.directory': folder.blob,
  }
}

/** Writes Flink's and the loggers' configuration. Answers what Flink's file could not hold. */
export async function writeConf(
  folder: LaunchFolder,
  flinkVersion: string,
  configuration: Record<string, string>,
  logConfiguration: Record<string, string>,
): Promise<ConfFile> {
  const conf = renderConf(flinkVersion, configuration)
  const files = new Map(Object.entries(logConfiguration))
  files.set(LOG4J_FILE, composeLog4j(logConfiguration[LOG4J_FILE]))
  files.set(conf.name, conf.text)
  for (const [name, text] of files) await writeFile(join(folder.conf, name), text, { mode: 0o600 })
  return conf
}
