import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CLUSTER_BODY } from '../support/api.ts'
import type { RunOptions, TestServer } from '../support/cli.ts'
import { runWeir, startTestServer } from '../support/cli.ts'

const SECRET = CLUSTER_BODY.kubeClusterConfig.auth.bearerToken.token
let server: TestServer
let folder: string

beforeAll(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'weir-targets-'))
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

function kubeconfig(context: string, address = 'https://127.0.0.1:1'): string {
  const file = join(folder, `${context}.yaml`)
  writeFileSync(
    file,
    JSON.stringify({
      'current-context': context,
      clusters: [{ name: 'c', cluster: { server: address } }],
      users: [{ name: 'u', user: { token: SECRET } }],
      contexts: [{ name: context, context: { cluster: 'c', user: 'u' } }],
    }),
  )
  return file
}

/** Nothing that a command prints ever holds the credentials. */
async function weir(argv: string[], options?: RunOptions) {
  const ran = await server.weir(argv, options)
  expect(ran.out + ran.err).not.toContain(SECRET)
  return ran
}

async function created(...argv: string[]): Promise<string> {
  const ran = await weir(argv)
  expect(ran).toMatchObject({ code: 0, err: '' })
  return ran.out.trim()
}

const cluster = (name: string): Promise<string> => created('cluster', 'create', '--kubeconfig', kubeconfig(name))

describe.concurrent('clusters', () => {
  test('are taken from a kubeconfig, under the name of its context', async () => {
    const id = await cluster('from-a-file')
    expect(id).toMatch(/^[A-Z0-9]{1,20}$/)
    const observed = JSON.parse((await weir(['cluster', 'describe', 'from-a-file', '--json'])).out)
    expect(observed).toMatchObject({
      id,
      name: 'from-a-file',
      kubeClusterConfig: { cluster: { server: 'https://127.0.0.1:1' }, auth: { kind: 'bearerToken' } },
    })
    const { out } = await weir(['cluster', 'describe', id])
    expect(out).toContain('kubeClusterConfig.auth.kind\tbearerToken\n')
  })

  test('are taken from $KUBECONFIG, and named by --name', async () => {
    const ran = await weir(['cluster', 'create', '--name', 'by variable', '--json'], {
      env: { KUBECONFIG: kubeconfig('variable') },
    })
    expect(JSON.parse(ran.out)).toMatchObject({ name: 'by variable', revision: 1 })
  })

  test('are taken from a body, too', async () => {
    const ran = await weir(['cluster', 'create', '-f', '-', '--name', 'from a body'], {
      stdin: JSON.stringify(CLUSTER_BODY),
    })
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect((await weir(['cluster', 'list'])).out).toContain(
      `${ran.out.trim()}\tfrom a body\thttps://kube.example:6443\t`,
    )
  })

  test('get new credentials and another name', async () => {
    const id = await cluster('renewed')
    const file = kubeconfig('renewed-file', 'https://127.0.0.1:2')
    expect((await weir(['cluster', 'update', 'renewed', '--kubeconfig', file])).out).toBe(`${id}\trenewed\t2\n`)
    expect((await weir(['cluster', 'update', id, '--name', 'renamed', '--if-match', '2'])).out).toBe(
      `${id}\trenamed\t3\n`,
    )
    expect((await weir(['cluster', 'update', id, '--name', 'x', '--if-match', '2'])).code).toBe(5)
    expect(JSON.parse((await weir(['cluster', 'describe', id, '--json'])).out).kubeClusterConfig.cluster.server).toBe(
      'https://127.0.0.1:2',
    )
    const nothing = await weir(['cluster', 'update', id])
    expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining('what is to change?') })
  })

  test('are forgotten with --yes, unless workspaces are in them', async () => {
    const id = await cluster('kept')
    const ws = await created(
      'workspace',
      'create',
      '--name',
      'in kept',
      '--cluster',
      'kept',
      '--namespace',
      'n',
      '--service-account',
      'flink',
    )
    const refused = await weir(['cluster', 'delete', 'kept', '--yes'])
    expect(refused.code).toBe(5)
    expect(refused.err).toContain(`${ws} (in kept)`)
    const unasked = await weir(['cluster', 'delete', 'kept'])
    expect(unasked).toMatchObject({ code: 2, err: expect.stringContaining(`cluster delete ${id} --yes`) })
    await cluster('forgotten')
    expect(JSON.parse((await weir(['cluster', 'delete', 'forgotten', '--yes', '--json'])).out).state).toBe('DELETED')
    expect((await weir(['cluster', 'describe', 'forgotten'])).code).toBe(3)
  })

  test('that cannot be used are refused before anything is sent, or by the API with the field', async () => {
    const unknown = await runWeir(['cluster', 'create', '--kubeconfig', kubeconfig('here'), '--context', 'heer'])
    expect(unknown).toMatchObject({ code: 3, err: expect.stringContaining('did you mean here?') })
    const wrong = await weir(['cluster', 'create', '--kubeconfig', kubeconfig('wrong', `ftp://${SECRET}`)])
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('/kubeClusterConfig/cluster/server') })
    const twice = await cluster('twice').then(() => weir(['cluster', 'create', '--kubeconfig', kubeconfig('twice')]))
    expect(twice).toMatchObject({ code: 5, err: expect.stringContaining('cluster describe twice') })
  })

  test('are written for people on a terminal, with what to do next', async () => {
    const ran = await weir(['cluster', 'create', '--kubeconfig', kubeconfig('seen')], {
      tty: true,
      env: { NO_COLOR: '1' },
    })
    expect(ran.out).toMatch(/^cluster seen has the ID [A-Z0-9]+\n$/)
    expect(ran.err).toMatch(/next: .*cluster check [A-Z0-9]+\n$/)
    const { out } = await weir(['cluster', 'list'], { tty: true, env: { NO_COLOR: '1' } })
    expect(out.split('\n')[0]).toMatch(/^ID +NAME +SERVER +KUBERNETES +CHECKS +AGE$/)
  })
})

describe.concurrent('workspaces', () => {
  test('are made in a namespace of a cluster that is named, or on this machine', async () => {
    const kubeClusterId = await cluster('home')
    const flags = [
      '--cluster',
      'home',
      '--namespace',
      'team-a',
      '--service-account',
      'flink',
      '--storage',
      's3://bucket/weir',
    ]
    const id = await created('workspace', 'create', '--name', 'team-a', ...flags)
    expect(JSON.parse((await weir(['workspace', 'describe', id, '--json'])).out)).toMatchObject({
      kubeClusterId,
      kubeNamespace: 'team-a',
      kubeServiceAccount: 'flink',
      kubeStorage: 's3://bucket/weir',
      state: 'ACTIVE',
    })
    const here = await created('workspace', 'create', '--name', 'here')
    const { out } = await weir(['workspace', 'list'])
    expect(out).toContain(`${id}\tteam-a\tACTIVE\t${kubeClusterId}\tteam-a\t`)
    expect(out).toContain(`${here}\there\tACTIVE\t\t\t\t`)
    const taken = await weir(['workspace', 'create', '--name', 'team-b', ...flags])
    expect(taken).toMatchObject({ code: 5, err: expect.stringContaining('(team-a)') })
  })

  test('name the cluster that was meant, and the field that is missing', async () => {
    await cluster('nearly')
    const flags = ['--namespace', 'n', '--service-account', 's']
    expect(await weir(['workspace', 'create', '--name', 'x', '--cluster', 'nearli', ...flags])).toMatchObject({
      code: 3,
      err: expect.stringContaining('did you mean nearly?'),
    })
    expect(await weir(['workspace', 'create', '--name', 'x', '--namespace', 'n'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('/kubeClusterId'),
    })
    expect(await weir(['workspace', 'create'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('what is to be created?'),
    })
  })

  test('are renamed, used by their new name, and deleted once they are empty', async () => {
    const id = await created('workspace', 'create', '--name', 'old')
    expect((await weir(['workspace', 'update', 'old', '--name', 'new'])).out).toBe(`${id}\tnew\t2\n`)
    const session = await created(
      'session',
      'create',
      '--workspace',
      'new',
      '--name',
      'inside',
      '--runtime',
      'FLINK_1_20',
    )
    const refused = await weir(['workspace', 'delete', 'new', '--yes'])
    expect(refused).toMatchObject({ code: 5, err: expect.stringContaining(`${session} (inside)`) })
    expect(refused.err).toContain(`session list --workspace ${id}`)
    await weir(['session', 'delete', 'inside', '--workspace', 'new', '--yes', '--wait'])
    expect(JSON.parse((await weir(['workspace', 'delete', 'new', '--yes', '--json'])).out)).toEqual({
      id,
      name: 'new',
      state: 'DELETING',
    })
  })

  test('on this machine need no check', async () => {
    await created('workspace', 'create', '--name', 'unchecked')
    const ran = await weir(['workspace', 'check', 'unchecked'], { tty: true })
    expect(ran).toMatchObject({ code: 0, out: 'workspace unchecked is on this machine: there is nothing to check\n' })
    expect(await weir(['workspace', 'check', 'unchecked'])).toMatchObject({ code: 0, out: '' })
  })
})
