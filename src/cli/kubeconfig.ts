/**
 * What a kubeconfig says of one context, as the API takes it. Files are read, nothing is run and nothing is asked of a
 * cluster. Credentials go into the answer only: never into an error, an argument or the output.
 */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { KubeClusterConfig, KubeServer } from '../api/client/generated/types.gen.ts'
import { defined } from '../domain/defined.ts'
import { CliError, EXIT, shellWord, usageError } from './errors.ts'
import type { Io } from './io.ts'
import { authOf } from './kubeconfig-auth.ts'
import type { Entry, Yaml } from './kubeconfig-fields.ts'
import { dataOf, isMap, listOf, mapOf, textOf } from './kubeconfig-fields.ts'
import { nearest } from './nearest.ts'

export interface KubeconfigFlags {
  kubeconfig?: string
  context?: string
}

export interface KubeContext {
  /** Of the context. */
  name: string
  config: KubeClusterConfig
  /** For people: what to bear in mind about these credentials. */
  notes: string[]
}

type Lists = Record<'clusters' | 'users' | 'contexts', Entry[]> & { current: string; files: string[] }

/** Of --context, or of the current one. */
export async function readKubeconfig(io: Io, flags: KubeconfigFlags): Promise<KubeContext> {
  const lists = await readLists(io, flags.kubeconfig)
  const context = await chooseContext(lists, flags.context)
  const named = (list: 'clusters' | 'users', field: 'cluster' | 'user'): Entry => {
    const name = textOf(context.fields, field) ?? ''
    const entry = lists[list].find((one) => one.name === name)
    if (entry) return entry
    throw usageError(
      `the context ${context.name} names the ${field} "${name}", which ${lists.files.join(' and ')} does not hold`,
      `kubectl config view --context ${shellWord(context.name)} --minify`,
    )
  }
  const cluster = await serverOf(named('clusters', 'cluster'))
  const { auth, notes } = await authOf(named('users', 'user'), {
    env: io.env,
    context: context.name,
    server: cluster.server ?? '',
  })
  return { name: context.name, config: { cluster, auth }, notes }
}

/** Where several files are given each name counts from the first that has it, as for kubectl. */
async function readLists(io: Io, flag: string | undefined): Promise<Lists> {
  const listed =
    flag === undefined && io.env.KUBECONFIG ? io.env.KUBECONFIG.split(delimiter).filter((file) => file !== '') : []
  const usual = join(io.env.HOME || homedir(), '.kube', 'config')
  const files = flag !== undefined ? [flag] : listed.length > 0 ? listed : [usual]
  const lists: Lists = { clusters: [], users: [], contexts: [], current: '', files: [] }
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && flag === undefined) return undefined
      throw usageError(
        `cannot read the kubeconfig ${file}: ${error.code ?? error.message}`,
        '--kubeconfig FILE   (another file)',
      )
    })
    if (text !== undefined) add(lists, await parsed(text, file), file)
  }
  if (lists.files.length > 0) return lists
  throw usageError(
    listed.length > 0
      ? `no file of KUBECONFIG exists: ${listed.join(', ')}`
      : `no kubeconfig: neither --kubeconfig nor KUBECONFIG is given and ${usual} does not exist`,
    '--kubeconfig FILE   (added to the same command)',
  )
}

/** What the parser says may quote the file, which holds secrets: only where it stands is told. */
async function parsed(text: string, file: string): Promise<Record<string, Yaml>> {
  const { parse, YAMLParseError } = await import('yaml')
  let value: unknown
  try {
    value = parse(text, { schema: 'failsafe', logLevel: 'error' })
  } catch (error) {
    const at = error instanceof YAMLParseError ? error.linePos?.[0] : undefined
    throw usageError(
      `${file} is not YAML${at ? ` (line ${at.line}, column ${at.col})` : ''}`,
      `kubectl config view --kubeconfig ${shellWord(file)}`,
    )
  }
  if (isMap(value) && (Array.isArray(value['contexts']) || 'clusters' in value)) return value
  throw usageError(`${file} is no kubeconfig: it holds no contexts`, '--kubeconfig FILE   (another file)')
}

function add(lists: Lists, found: Record<string, Yaml>, file: string): void {
  const folder = dirname(resolve(file))
  for (const [list, field] of [
    ['clusters', 'cluster'],
    ['users', 'user'],
    ['contexts', 'context'],
  ] as const) {
    for (const entry of listOf(found, list)) {
      const name = textOf(entry, 'name')
      if (name === undefined || lists[list].some((one) => one.name === name)) continue
      lists[list].push({ name, fields: mapOf(entry, field), folder })
    }
  }
  lists.current ||= textOf(found, 'current-context') ?? ''
  lists.files.push(file)
}

async function chooseContext({ contexts, current, files }: Lists, wanted: string | undefined): Promise<Entry> {
  const known = contexts.map(({ name }) => name)
  const next = `--context ${shellWord(known[0] ?? 'NAME')}   (added to the same command)`
  const name = wanted ?? (current || (known.length === 1 ? known[0] : undefined))
  if (name === undefined)
    throw usageError(`which context of ${files.join(' and ')}? There are: ${known.join(', ') || 'none'}`, next)
  const found = contexts.find((one) => one.name === name)
  if (found) return found
  const near = await nearest(name, known)
  const details = [
    ...(near === undefined ? [] : [`did you mean ${shellWord(near)}?`]),
    `there are: ${known.join(', ') || 'none'}`,
  ]
  const asked = wanted === undefined ? 'the current context' : 'the context'
  throw new CliError(EXIT.notFound, `${asked} "${name}" is not in ${files.join(' and ')}`, { details, next })
}

async function serverOf(entry: Entry): Promise<KubeServer> {
  const { name, fields } = entry
  const server = textOf(fields, 'server')
  if (server === undefined)
    throw usageError(`the cluster "${name}" of the kubeconfig has no server`, 'kubectl config view')
  const authority = await dataOf(entry, 'certificate-authority')
  return defined({
    server,
    certificateAuthorityData: authority,
    tlsServerName: textOf(fields, 'tls-server-name'),
    proxyUrl: textOf(fields, 'proxy-url'),
    insecureSkipTlsVerify: textOf(fields, 'insecure-skip-tls-verify') === 'true' ? true : undefined,
    disableCompression: textOf(fields, 'disable-compression') === 'true' ? true : undefined,
  })
}
