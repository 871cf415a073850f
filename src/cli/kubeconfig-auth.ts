/** The user of a kubeconfig as credentials that a server can use by itself, day and night. */
import { basename } from 'node:path'
import type { KubeAuth } from '../api/client/generated/types.gen.ts'
import { defined } from '../domain/defined.ts'
import { CliError, EXIT, usageError } from './errors.ts'
import type { Io } from './io.ts'
import type { Entry, Yaml } from './kubeconfig-fields.ts'
import { dataOf, fileOf, listOf, mapOf, textOf } from './kubeconfig-fields.ts'

interface Around {
  env: Io['env']
  /** Name of the context, and address of its cluster: what EKS writes there names its region. */
  context: string
  server: string
}

interface Found {
  auth: KubeAuth
  notes: string[]
}

const SERVICE_ACCOUNT = [
  'kubectl create serviceaccount weir --namespace NAMESPACE   (and give it the rights that Weir needs)',
  'kubectl create token weir --namespace NAMESPACE --duration 8760h   ' +
    "(put it into a kubeconfig as the user's `token`, and name that file)",
]

export async function authOf(user: Entry, around: Around): Promise<Found> {
  const { fields, name } = user
  if ('as' in fields) {
    throw usageError(
      `the user "${name}" of the kubeconfig acts as somebody else (as: ...), which is not supported`,
      SERVICE_ACCOUNT,
    )
  }
  return (await certificateOf(user)) ?? (await tokenOf(user)) ?? basicOf(fields) ?? execOf(user, around)
}

async function certificateOf(user: Entry): Promise<Found | undefined> {
  const [certificate, key] = [await dataOf(user, 'client-certificate'), await dataOf(user, 'client-key')]
  if (certificate === undefined || key === undefined) return undefined
  return { auth: { clientCertificate: { clientCertificateData: certificate, clientKeyData: key } }, notes: [] }
}

/** As for kubectl the file counts where both are given. */
async function tokenOf(user: Entry): Promise<Found | undefined> {
  const file = (await fileOf(user, 'tokenFile'))?.toString('utf8').trim()
  const token = file || textOf(user.fields, 'token')
  if (token === undefined) return undefined
  const note =
    'the token was copied from a file (tokenFile): when that one is renewed, ' +
    'run weir cluster update CLUSTER --kubeconfig FILE'
  return { auth: { bearerToken: { token } }, notes: file ? [note] : [] }
}

function basicOf(fields: Record<string, Yaml>): Found | undefined {
  const [username, password] = [textOf(fields, 'username'), textOf(fields, 'password')]
  return username === undefined || password === undefined
    ? undefined
    : { auth: { basic: { username, password } }, notes: [] }
}

function execOf({ name, fields }: Entry, around: Around): Found {
  const exec = mapOf(fields, 'exec')
  const command = textOf(exec, 'command')
  if (command !== undefined) {
    const args = Array.isArray(exec['args']) ? exec['args'].filter((arg) => typeof arg === 'string') : []
    const program = basename(command).replace(/\.exe$/i, '')
    if (program === 'aws' && args.includes('eks') && args.includes('get-token')) return eksOf(args, exec, around)
    if (program === 'aws-iam-authenticator' && args.includes('token')) return eksOf(args, exec, around)
    throw usageError(
      `the user "${name}" of the kubeconfig signs in by the program ${program}, which a server cannot run for you: ` +
        'give Weir a service account of its own',
      SERVICE_ACCOUNT,
    )
  }
  const provider = textOf(mapOf(fields, 'auth-provider'), 'name')
  throw usageError(
    provider === undefined
      ? `the user "${name}" of the kubeconfig holds no credentials`
      : `the user "${name}" of the kubeconfig signs in by the auth provider ${provider}, ` +
          'which Kubernetes itself no longer has',
    SERVICE_ACCOUNT,
  )
}

/** Weir signs EKS' tokens itself; what it signs them with comes from the environment, as for the AWS command. */
function eksOf(args: string[], exec: Record<string, Yaml>, { env, context, server }: Around): Found {
  const flag = (...names: string[]): string | undefined => {
    const at = args.findIndex((arg) => names.some((one) => arg === one || arg.startsWith(`${one}=`)))
    return at < 0 ? undefined : args[at]?.includes('=') ? args[at]?.split('=').slice(1).join('=') : args[at + 1]
  }
  const given = Object.fromEntries(
    listOf(exec, 'env').map((entry) => [textOf(entry, 'name') ?? '', textOf(entry, 'value')]),
  )
  const variable = (...names: string[]): string | undefined =>
    names.map((one) => given[one]).find(Boolean) ?? names.map((one) => env[one]).find(Boolean)
  const clusterName = flag('--cluster-name', '--cluster-id', '-i')
  if (clusterName === undefined) {
    throw usageError(
      'the kubeconfig signs in to EKS, but names no cluster (--cluster-name)',
      'aws eks update-kubeconfig --name NAME',
    )
  }
  const role = flag('--role-arn', '--role', '-r')
  if (role !== undefined) {
    throw usageError(
      `the kubeconfig signs in to EKS as the role ${role}, which Weir cannot assume`,
      `aws sts assume-role --role-arn ${role} --role-session-name weir   ` +
        '(export its credentials, take the role out of the kubeconfig)',
    )
  }
  const region =
    flag('--region') ?? variable('AWS_REGION', 'AWS_DEFAULT_REGION') ?? regionIn(context) ?? regionIn(server)
  if (region === undefined)
    throw usageError('the kubeconfig signs in to EKS, but nothing says in which region', 'export AWS_REGION=eu-west-1')
  const [accessKeyId, secretAccessKey] = [variable('AWS_ACCESS_KEY_ID'), variable('AWS_SECRET_ACCESS_KEY')]
  const profile = flag('--profile') ?? variable('AWS_PROFILE')
  if (accessKeyId === undefined || secretAccessKey === undefined) throw withoutKeys(profile)
  const sessionToken = variable('AWS_SESSION_TOKEN')
  const note =
    'the AWS credentials are temporary (AWS_SESSION_TOKEN): ' +
    'renew them with weir cluster update before they expire, or use an access key'
  return {
    auth: {
      awsEksIam: { clusterName, region, accessKeyId, secretAccessKey, ...defined({ sessionToken }) },
    },
    notes: sessionToken === undefined ? [] : [note],
  }
}

function withoutKeys(profile: string | undefined): CliError {
  const of = profile === undefined ? '' : `--profile ${profile} `
  const exported = `eval "$(aws configure export-credentials ${of}--format env)"`
  return new CliError(
    EXIT.usage,
    'the kubeconfig signs in to EKS, and AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set',
    {
      details: ['Weir signs the tokens itself, with an access key that may do so'],
      next: [`${exported}   (then the same command)`, ...SERVICE_ACCOUNT],
    },
  )
}

/** `arn:aws:eks:eu-west-1:123456789012:cluster/prod`, `https://ABC.gr7.eu-west-1.eks.amazonaws.com`. */
const regionIn = (text: string): string | undefined =>
  /^arn:[a-z-]+:eks:([a-z0-9-]+):/.exec(text)?.[1] ?? /\.([a-z0-9-]+)\.eks\.amazonaws\.com/.exec(text)?.[1]
