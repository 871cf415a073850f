import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CliError } from './errors.ts'
import type { Io } from './io.ts'
import { readKubeconfig } from './kubeconfig.ts'

const SECRET = 'kube-secret-0123456789'
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-kubeconfig-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const io = (env: Record<string, string> = {}): Io => ({ env: { HOME: folder, ...env } }) as unknown as Io

function write(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}

/** A kubeconfig of one context; `user` and `cluster` are lines of YAML. */
const kubeconfig = (
  user: string,
  cluster = 'server: https://kube.example:6443',
  context = 'prod',
): string => `apiVersion: v1
kind: Config
current-context: ${context}
clusters:
- name: c
  cluster: {${cluster}}
users:
- name: u
  user: {${user}}
contexts:
- name: ${context}
  context: {cluster: c, user: u, namespace: n}
`

const read = async (user: string, cluster?: string, env?: Record<string, string>) =>
  readKubeconfig(io(env), { kubeconfig: write('config', kubeconfig(user, cluster)) })

const failure = async (work: Promise<unknown>): Promise<CliError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof CliError)) throw new Error(`expected a CliError, not ${String(error)}`)
  return error
}

describe('of the cluster', () => {
  test('everything that says how it is reached is taken', async () => {
    const cluster =
      'server: https://h:1/x, certificate-authority-data: AAAA, tls-server-name: kube, ' +
      "proxy-url: 'socks5://p:1', disable-compression: true"
    expect(await read(`token: ${SECRET}`, cluster)).toEqual({
      name: 'prod',
      config: {
        cluster: {
          server: 'https://h:1/x',
          certificateAuthorityData: 'AAAA',
          tlsServerName: 'kube',
          proxyUrl: 'socks5://p:1',
          disableCompression: true,
        },
        auth: { bearerToken: { token: SECRET } },
      },
      notes: [],
    })
    const { config } = await read(
      `token: ${SECRET}`,
      'server: https://h, insecure-skip-tls-verify: true, disable-compression: false',
    )
    expect(config.cluster).toEqual({ server: 'https://h', insecureSkipTlsVerify: true })
  })

  test('files are found beside the kubeconfig, and named when they are not there', async () => {
    write('pki/ca.crt', 'CA')
    expect(
      (await read('token: t', 'server: https://h, certificate-authority: pki/ca.crt')).config.cluster
        .certificateAuthorityData,
    ).toBe(base64('CA'))
    const { message } = await failure(read('token: t', 'server: https://h, certificate-authority: gone.crt'))
    expect(message).toContain(
      `cannot read ${join(folder, 'gone.crt')}, which the kubeconfig names as certificate-authority of "c"`,
    )
  })
})

describe('of the user', () => {
  test('a client certificate, in the file or beside it', async () => {
    write('me.crt', 'CERT')
    write('me.key', 'KEY')
    const auth = { clientCertificate: { clientCertificateData: base64('CERT'), clientKeyData: base64('KEY') } }
    expect((await read('client-certificate: me.crt, client-key: ./me.key')).config.auth).toEqual(auth)
    expect(
      (await read(`client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')}`)).config.auth,
    ).toEqual(auth)
  })

  test('a token is taken as it is written, also one that looks like a number', async () => {
    for (const token of ['1e5', '0123', '12345678901234567890', 'true', 'null']) {
      expect((await read(`token: ${token}`)).config.auth).toEqual({ bearerToken: { token } })
    }
  })

  test('a token in a file is copied, and it is said that it has to be renewed', async () => {
    write('token', `${SECRET}\n`)
    const { config, notes } = await read('tokenFile: token, token: old')
    expect(config.auth).toEqual({ bearerToken: { token: SECRET } })
    expect(notes).toEqual([expect.stringContaining('weir cluster update')])
  })

  test('a user name with its password', async () => {
    expect((await read('username: me, password: "p: w"')).config.auth).toEqual({
      basic: { username: 'me', password: 'p: w' },
    })
  })

  test.each([
    ['nobody', '', /holds no credentials/],
    ['a login program', 'exec: {command: /usr/bin/kubelogin}', /signs in by the program kubelogin/],
    ['an auth provider', 'auth-provider: {name: gcp}', /auth provider gcp/],
    ['somebody else', 'token: t, as: root', /acts as somebody else/],
  ])('%s is refused, with the way to a service account', async (_what, user, message) => {
    const error = await failure(read(user))
    expect(error.message).toMatch(message)
    expect(error.next.join('\n')).toMatch(/kubectl create serviceaccount weir[^]*kubectl create token weir/)
  })
})

describe('of a user of EKS', () => {
  const aws = (more = '') =>
    `exec: {command: aws, args: [--region, eu-west-1, eks, get-token, --cluster-name, prod${more}]}`
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: SECRET }

  test('the access key comes from the environment', async () => {
    expect(await read(aws(), undefined, keys)).toMatchObject({
      config: {
        auth: {
          awsEksIam: {
            clusterName: 'prod',
            region: 'eu-west-1',
            accessKeyId: keys.AWS_ACCESS_KEY_ID,
            secretAccessKey: SECRET,
          },
        },
      },
      notes: [],
    })
    const temporary = await read(aws(), undefined, { ...keys, AWS_SESSION_TOKEN: 'T' })
    expect(temporary.config.auth).toMatchObject({ awsEksIam: { sessionToken: 'T' } })
    expect(temporary.notes).toEqual([expect.stringContaining('temporary')])
  })

  test('without one it is said how to get it, for the profile that is named', async () => {
    const error = await failure(read(aws(', --profile, work')))
    expect(error.message).toContain('AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set')
    expect(error.next[0]).toContain('aws configure export-credentials --profile work --format env')
  })

  test('the authenticator is understood too, and the region is found where EKS writes it', async () => {
    const user = 'exec: {command: aws-iam-authenticator, args: [token, -i, prod]}'
    const at = (server: string, env = {}) => read(user, `server: '${server}'`, { ...keys, ...env })
    expect((await at('https://ABC.gr7.us-east-2.eks.amazonaws.com')).config.auth).toMatchObject({
      awsEksIam: { clusterName: 'prod', region: 'us-east-2' },
    })
    expect((await at('https://h', { AWS_REGION: 'eu-north-1' })).config.auth).toMatchObject({
      awsEksIam: { region: 'eu-north-1' },
    })
    expect((await failure(at('https://h'))).next).toEqual(['export AWS_REGION=eu-west-1'])
  })

  test('a role to assume is refused, with the command that assumes it', async () => {
    const error = await failure(read(aws(', --role-arn, arn:aws:iam::1:role/x'), undefined, keys))
    expect(error.next[0]).toContain('aws sts assume-role --role-arn arn:aws:iam::1:role/x')
  })
})

describe('which file and which context', () => {
  const named = (context: string): string => kubeconfig('token: t', `server: https://${context}`, context)

  test('--kubeconfig, else KUBECONFIG, else the usual one', async () => {
    await expect(readKubeconfig(io(), {})).rejects.toThrow(/\.kube\/config does not exist/)
    write('.kube/config', named('usual'))
    expect((await readKubeconfig(io(), {})).name).toBe('usual')
    const env = { KUBECONFIG: write('variable', named('variable')) }
    expect((await readKubeconfig(io(env), {})).name).toBe('variable')
    expect((await readKubeconfig(io(env), { kubeconfig: write('flag', named('flag')) })).name).toBe('flag')
    await expect(readKubeconfig(io(env), { kubeconfig: join(folder, 'gone') })).rejects.toThrow(
      /cannot read the kubeconfig .*gone: ENOENT/,
    )
  })

  test('several files count as one, and of a name that two have the first', async () => {
    const one = write('one', named('first'))
    const two = write('two', `${named('second').replace('token: t', 'token: other')}`)
    const env = { KUBECONFIG: [one, join(folder, 'gone'), two].join(delimiter) }
    expect((await readKubeconfig(io(env), {})).name).toBe('first')
    const second = await readKubeconfig(io(env), { context: 'second' })
    expect(second.config).toEqual({ cluster: { server: 'https://first' }, auth: { bearerToken: { token: 't' } } })
  })

  test('an unknown context is answered with the nearest and all that there are', async () => {
    const error = await failure(
      readKubeconfig(io(), { kubeconfig: write('a', named('production')), context: 'producton' }),
    )
    expect([error.exitCode, error.details]).toEqual([3, ['did you mean production?', 'there are: production']])
    const stale = write('b', named('gone').replace('- name: gone', '- name: left'))
    expect((await failure(readKubeconfig(io(), { kubeconfig: stale }))).message).toContain(
      'the current context "gone" is not in',
    )
  })

  test('no message quotes a file that holds secrets', async () => {
    for (const [index, text] of [
      `users: [${SECRET}`,
      `token: *${SECRET}`,
      `${SECRET}: {a: b\n ${SECRET}`,
      `"${SECRET}"`,
      `- ${SECRET}`,
      kubeconfig(`tokenn: ${SECRET}`),
      kubeconfig(`token: ${SECRET}`).replace('user: u', 'user: gone'),
      kubeconfig(`token: ${SECRET}`, 'nothing: x'),
    ].entries()) {
      const error = await failure(readKubeconfig(io(), { kubeconfig: write(`wrong${index}`, text) }))
      expect([error.message, ...error.details, ...error.next].join('\n')).not.toContain(SECRET)
    }
  })
})
