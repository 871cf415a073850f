/**
 * The server's configuration: one table of options, each settable by flag, environment variable and configuration file,
 * in this order of precedence. `--help` and the reference page are made from the same table.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { IDLE_AFTER_MS } from '../domain/cluster/plan.ts'
import { CENTRAL } from '../domain/maven.ts'
import { flinkFolderProblem } from '../domain/paths.ts'
import { FLINK_RUNTIMES, type FlinkRuntime } from '../domain/spec.ts'
import { MEMORY_RESERVE } from '../runtimes/local/memory-check.ts'

export interface ServerConfig {
  listen: { host: string; port: number }
  /** Absolute. */
  dataDir: string
  /** A postgres:// URL; absent: SQLite in the data folder. */
  database?: string
  readyFile: string
  runtime: 'local' | 'fake'
  /** For measurements (bench/population): where the fake's Flink is asked over HTTP. No option: only a variable. */
  fakeFlinkPort?: number
  fileRoots: string[]
  allowAddresses: string[]
  /** What the cache of fetched files may keep; 0: none. */
  fileCacheBytes: number
  /** URLs, with credentials where they need any. */
  mavenRepositories: string[]
  logLevel: string
  cds: 'auto' | 'off'
  /** Share of what running JVMs may still grow into that is kept free, 0 to 1. */
  memoryReserve: number
  /** Pairs of JVMs that wait for the next session. */
  warmPairs: number
  /** Absolute; absent: Java is looked for. */
  javaHome?: string
  /** How long a TaskManager may be without work before it goes. */
  idleAfterMs: number
  /** Container images by runtime, instead of the official ones. */
  images: Partial<Record<FlinkRuntime, string>>
  flinkAccess: 'auto' | 'proxy' | 'direct'
  /** How pods reach this server; absent: they don't. */
  podsUrl?: string
  /** Absolute; absent: in the data folder. */
  secretsKeyFile?: string
  maxUploadBytes: number
  /** Names that the server is called by, without ports: what `--listen` and `--pods-url` name is among them. */
  allowedHosts: string[]
}

const FILE_CACHE_BYTES = 10 * 1024 ** 3
const MAX_UPLOAD_BYTES = 2 * 1024 ** 3

export interface ConfigOption {
  /** Without the dashes; also the key in the configuration file. */
  name: string
  value: string
  env: string
  repeatable?: boolean
  fallback?: string
  description: string
}

export const configOptions: readonly ConfigOption[] = [
  {
    name: 'listen',
    value: 'HOST:PORT',
    env: 'WEIR_LISTEN',
    fallback: '127.0.0.1:8080',
    description: 'address to listen on; port 0 takes a free one',
  },
  {
    name: 'data-dir',
    value: 'DIR',
    env: 'WEIR_DATA_DIR',
    fallback: '~/.local/share/weir',
    description: 'everything this server keeps; one server at a time',
  },
  {
    name: 'database',
    value: 'URL',
    env: 'WEIR_DATABASE',
    description: 'postgres://... instead of the SQLite database in the data folder',
  },
  {
    name: 'ready-file',
    value: 'FILE',
    env: 'WEIR_READY_FILE',
    fallback: 'DATA-DIR/server.json',
    description: 'JSON {url, pid, keyFile}, written once the server is ready',
  },
  {
    name: 'runtime',
    value: 'local|fake',
    env: 'WEIR_RUNTIME',
    fallback: 'local',
    description: 'what "on this machine" means: real Flink processes, or none at all (for trying the API)',
  },
  {
    name: 'file-root',
    value: 'DIR',
    env: 'WEIR_FILE_ROOT',
    repeatable: true,
    description: 'folder below which file:// jars are allowed; may be repeated',
  },
  {
    name: 'allow-address',
    value: 'CIDR',
    env: 'WEIR_ALLOW_ADDRESS',
    repeatable: true,
    description:
      'private addresses that http(s) jars and endpoints of file systems may have (10.1.0.0/16); may be repeated',
  },
  {
    name: 'file-cache-bytes',
    value: 'BYTES',
    env: 'WEIR_FILE_CACHE_BYTES',
    fallback: String(FILE_CACHE_BYTES),
    description:
      'how much of fetched jars is kept in the data folder, so that they need not be fetched again; 0 keeps none',
  },
  {
    name: 'maven-repository',
    value: 'URL',
    env: 'WEIR_MAVEN_REPOSITORY',
    repeatable: true,
    fallback: CENTRAL,
    description:
      'where maven: jars come from, asked in this order; with credentials better by variable or file; may be repeated',
  },
  {
    name: 'log-level',
    value: 'LEVEL',
    env: 'WEIR_LOG_LEVEL',
    fallback: 'info',
    description: 'debug, info, warn, error or silent',
  },
  {
    name: 'cds',
    value: 'auto|off',
    env: 'WEIR_CDS',
    fallback: 'auto',
    description: 'whether class archives are made and used, with which Flink starts faster',
  },
  {
    name: 'memory-reserve',
    value: 'SHARE',
    env: 'WEIR_MEMORY_RESERVE',
    fallback: String(MEMORY_RESERVE),
    description:
      'of the memory that running Flink processes may still grow into, so much is kept free when a session is ' +
      'started; 1 keeps all of it',
  },
  {
    name: 'warm-pool',
    value: 'PAIRS',
    env: 'WEIR_WARM_POOL',
    fallback: '0',
    description:
      'how many pairs of JVMs wait for the next session for ten minutes after one was started (at most 8, some ' +
      '420 MB each); 0 is none',
  },
  {
    name: 'java-home',
    value: 'DIR',
    env: 'WEIR_JAVA_HOME',
    description:
      'the Java that Flink is run with, and no other; without it JAVA_HOME, PATH and the usual folders are searched',
  },
  {
    name: 'idle-after',
    value: 'SECONDS',
    env: 'WEIR_IDLE_AFTER',
    fallback: String(IDLE_AFTER_MS / 1_000),
    description: 'TaskManagers beyond the minimum of their session go when they were without work for this long',
  },
  {
    name: 'image',
    value: 'RUNTIME=IMAGE',
    env: 'WEIR_IMAGE',
    repeatable: true,
    description:
      'container image for a runtime on Kubernetes (FLINK_1_18=registry/flink:1.18.1), instead of the official ' +
      'one; may be repeated',
  },
  {
    name: 'flink-access',
    value: 'auto|proxy|direct',
    env: 'WEIR_FLINK_ACCESS',
    fallback: 'auto',
    description:
      "how Flink's REST API on Kubernetes is reached: through the API server, or directly; auto is direct where " +
      'this server runs in that cluster',
  },
  {
    name: 'pods-url',
    value: 'URL',
    env: 'WEIR_PODS_URL',
    description:
      'how pods on Kubernetes reach this server (http://weir.weir:8080), from which they get uploaded jars; without it they get none',
  },
  {
    name: 'secrets-key-file',
    value: 'FILE',
    env: 'WEIR_SECRETS_KEY_FILE',
    fallback: 'DATA-DIR/secrets.key',
    description:
      'the key that credentials of Kubernetes clusters are encrypted with in the database; made when it is first ' +
      'needed',
  },
  {
    name: 'max-upload-bytes',
    value: 'BYTES',
    env: 'WEIR_MAX_UPLOAD_BYTES',
    fallback: String(MAX_UPLOAD_BYTES),
    description: 'the largest file that may be uploaded',
  },
  {
    name: 'allowed-host',
    value: 'NAME',
    env: 'WEIR_ALLOWED_HOST',
    repeatable: true,
    description:
      'name that callers reach this server by (weir.example.com), beside addresses, localhost and the names in ' +
      '--listen and --pods-url; requests to other names are refused; may be repeated',
  },
]

/** A configuration that can't be used; `message` names the option and where it was set. */
export class ConfigError extends Error {}

type Flags = Record<string, string | string[] | undefined>

/** `flags` by option name (`data-dir`). Throws ConfigError. */
export function readConfig(flags: Flags, env: NodeJS.ProcessEnv): ServerConfig {
  const file = fileSettings(flags['config'] ?? env['WEIR_CONFIG'])
  const settings = new Map(configOptions.map((option) => [option.name, setting(option, flags, env, file)]))
  const one = (name: string): string | undefined => settings.get(name)?.at(-1)
  const dataDir = dataFolder(resolve(expandHome(one('data-dir') ?? defaultDataDir(env))))
  const database = one('database')
  const javaHome = one('java-home')
  const secretsKeyFile = one('secrets-key-file')
  const podsUrl = one('pods-url')
  const listen = listenAddress(one('listen') ?? '127.0.0.1:8080')
  return {
    listen,
    dataDir,
    ...(database !== undefined && { database: postgresUrl(database) }),
    readyFile: resolve(expandHome(one('ready-file') ?? join(dataDir, 'server.json'))),
    runtime: choice('runtime', one('runtime') ?? 'local', ['local', 'fake'] as const),
    ...(env['WEIR_FAKE_FLINK_PORT'] && { fakeFlinkPort: Number(env['WEIR_FAKE_FLINK_PORT']) }),
    fileRoots: (settings.get('file-root') ?? []).map((root) => resolve(expandHome(root))),
    allowAddresses: settings.get('allow-address') ?? [],
    fileCacheBytes: bytes('file-cache-bytes', one('file-cache-bytes') ?? String(FILE_CACHE_BYTES)),
    mavenRepositories: orElse(settings.get('maven-repository'), [CENTRAL]).map(repositoryUrl),
    logLevel: choice('log-level', one('log-level') ?? 'info', ['debug', 'info', 'warn', 'error', 'silent'] as const),
    cds: choice('cds', one('cds') ?? 'auto', ['auto', 'off'] as const),
    memoryReserve: share('memory-reserve', one('memory-reserve') ?? String(MEMORY_RESERVE)),
    warmPairs: pairs('warm-pool', one('warm-pool') ?? '0'),
    ...(javaHome !== undefined && { javaHome: resolve(expandHome(javaHome)) }),
    idleAfterMs: seconds('idle-after', one('idle-after') ?? String(IDLE_AFTER_MS / 1_000)) * 1_000,
    images: Object.fromEntries((settings.get('image') ?? []).map(imageFor)),
    flinkAccess: choice('flink-access', one('flink-access') ?? 'auto', ['auto', 'proxy', 'direct'] as const),
    ...(podsUrl !== undefined && { podsUrl: webUrl('pods-url', podsUrl) }),
    ...(secretsKeyFile !== undefined && { secretsKeyFile: resolve(expandHome(secretsKeyFile)) }),
    maxUploadBytes: bytes('max-upload-bytes', one('max-upload-bytes') ?? String(MAX_UPLOAD_BYTES)),
    allowedHosts: [
      listen.host,
      ...(podsUrl === undefined ? [] : [new URL(webUrl('pods-url', podsUrl)).hostname]),
      ...(settings.get('allowed-host') ?? []).map(hostName),
    ],
  }
}

export function defaultDataDir(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share')
  return join(base, 'weir')
}

/** Launches have their files there, and checkpoints lie there by default. */
function dataFolder(path: string): string {
  const problem = flinkFolderProblem(path)
  if (problem !== undefined) throw new ConfigError(`--data-dir ${problem}`)
  return path
}

const expandHome = (path: string): string => path.replace(/^~(?=\/|$)/, homedir())

function setting(option: ConfigOption, flags: Flags, env: NodeJS.ProcessEnv, file: Record<string, unknown>): string[] {
  const flag = flags[option.name]
  if (flag !== undefined) return Array.isArray(flag) ? flag : [flag]
  const variable = env[option.env]
  if (variable) return option.repeatable ? variable.split(',').map((part) => part.trim()) : [variable]
  const value = file[option.name]
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

function fileSettings(path: string | string[] | undefined): Record<string, unknown> {
  const file = Array.isArray(path) ? path.at(-1) : path
  if (!file) return {}
  const settings = parseFile(file)
  const known = new Set(configOptions.map((option) => option.name))
  const unknown = Object.keys(settings).find((key) => !known.has(key))
  if (unknown) throw new ConfigError(`${file}: unknown option "${unknown}"; known are ${[...known].join(', ')}`)
  return settings
}

function parseFile(file: string): Record<string, unknown> {
  try {
    const parsed: unknown = parse(readFileSync(file, 'utf8')) ?? {}
    if (typeof parsed !== 'object' || Array.isArray(parsed)) throw new Error('it is no map of options')
    return parsed as Record<string, unknown>
  } catch (error) {
    throw new ConfigError(`the configuration file ${file} can't be read: ${(error as Error).message}`)
  }
}

function listenAddress(text: string): ServerConfig['listen'] {
  const match = /^(?:\[(.+)\]|([^:]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (!match || port > 65_535)
    throw new ConfigError(`--listen ${text}: expected HOST:PORT, e.g. 127.0.0.1:8080 or [::1]:8080`)
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port }
}

function postgresUrl(text: string): string {
  // The URL holds a password, so it is not repeated.
  if (!/^postgres(ql)?:\/\//.test(text))
    throw new ConfigError('--database: expected a URL that begins with postgres://')
  return text
}

function repositoryUrl(text: string): string {
  // It may hold a password, so it is not repeated.
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    throw new ConfigError(`--maven-repository: expected a URL like ${CENTRAL}`)
  return text
}

function bytes(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text.trim()))
    throw new ConfigError(`--${name} ${text}: expected a whole number of bytes, e.g. ${FILE_CACHE_BYTES}`)
  return Number(text)
}

function pairs(name: string, text: string): number {
  if (!/^[0-8]$/.test(text.trim())) throw new ConfigError(`--${name} ${text}: expected a number from 0 to 8`)
  return Number(text)
}

const orElse = (values: string[] | undefined, fallback: string[]): string[] => (values?.length ? values : fallback)

function webUrl(name: string, text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new ConfigError(`--${name} ${text}: expected a URL that begins with http:// or https://`)
  return text
}

function hostName(text: string): string {
  const name = text.trim().toLowerCase()
  if (/^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/.test(name)) return name
  throw new ConfigError(`--allowed-host ${text}: expected a name without http://, port and path, e.g. weir.example.com`)
}

function imageFor(text: string): [FlinkRuntime, string] {
  const [, runtime = '', image = ''] = /^([A-Z0-9_]+)=(\S+)$/.exec(text.trim()) ?? []
  const known = FLINK_RUNTIMES.find((candidate) => candidate === runtime)
  if (!known) throw new ConfigError(`--image ${text}: expected RUNTIME=IMAGE with one of ${FLINK_RUNTIMES.join(', ')}`)
  return [known, image]
}

function seconds(name: string, text: string): number {
  if (!/^\d{1,7}$/.test(text.trim())) throw new ConfigError(`--${name} ${text}: expected a whole number of seconds`)
  return Number(text)
}

function share(name: string, text: string): number {
  const value = Number(text)
  if (!/^[01]?\.?\d{0,6}$/.test(text.trim()) || text.trim() === '' || !(value >= 0 && value <= 1))
    throw new ConfigError(`--${name} ${text}: expected a number from 0 to 1, e.g. ${MEMORY_RESERVE}`)
  return value
}

function choice<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) throw new ConfigError(`--${name} ${value}: expected one of ${allowed.join(', ')}`)
  return value as T
}
