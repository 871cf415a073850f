import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SESSION_BODY } from '../support/api.ts'
import type { TestServer } from '../support/cli.ts'
import { startTestServer } from '../support/cli.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const create = async (name: string): Promise<string> => {
  const ran = await server.weir(['session', 'create', '--name', name, '--runtime', 'FLINK_1_20', '--slots', '2'])
  expect(ran).toMatchObject({ code: 0, err: '' })
  return ran.out.trim()
}

const createJob = async (session: string, name: string): Promise<string> => {
  const flags = ['--session', session, '--name', name, '--entry-class', 'com.example.Job']
  const ran = await server.weir(['job', 'create', ...flags, '--', '--rate', '5'])
  expect(ran).toMatchObject({ code: 0, err: '' })
  return ran.out.trim()
}

describe.concurrent('create', () => {
  test('in a pipe prints the ID and nothing else', async () => {
    const ran = await server.weir(['session', 'create', '-f', '-'], { stdin: JSON.stringify(SESSION_BODY) })
    expect(ran.out).toMatch(/^[A-Z0-9]{1,20}\n$/)
    expect(ran).toMatchObject({ code: 0, err: '' })
  })

  test('takes a documented body from a file as it stands', async () => {
    const file = join(import.meta.dirname, '../support/bodies/session.json')
    const ran = await server.weir(['session', 'create', '-f', file, '--name', 'from a file', '--json'])
    const { name, ...body } = JSON.parse(readFileSync(file, 'utf8'))
    const observed = await server.weir(['session', 'describe', JSON.parse(ran.out).id, '--json'])
    expect(JSON.parse(observed.out)).toMatchObject({ ...body, name: 'from a file' })
    expect(name).not.toBe('from a file')
  })

  test('takes YAML, and flags win over it', async () => {
    const stdin =
      'name: yaml\nruntime: FLINK_1_17\njars: []\nplugins: []\nflinkConfiguration: {}\nlogConfiguration: {}\n' +
      'jobManagerResource: {}\ntaskManagerResource: {}\n'
    const ran = await server.weir(
      ['session', 'create', '-f', '-', '--runtime', 'FLINK_2_3', '--conf', 'a.b=c=d', '--json'],
      { stdin },
    )
    const observed = await server.weir(['session', 'describe', JSON.parse(ran.out).id, '--json'])
    expect(JSON.parse(observed.out)).toMatchObject({
      name: 'yaml',
      runtime: 'FLINK_2_3',
      flinkConfiguration: { 'a.b': 'c=d' },
    })
  })

  test('what follows -- reaches main() as it is', async () => {
    await create('arguments')
    const id = await createJob('arguments', 'with arguments')
    const observed = await server.weir(['job', 'describe', id, '--json'])
    expect(JSON.parse(observed.out).job).toMatchObject({ entryClass: 'com.example.Job', args: ['--rate', '5'] })
  })

  test('--wait ends when it runs', async () => {
    await create('waits')
    const ran = await server.weir([
      'job',
      'create',
      '--session',
      'waits',
      '--name',
      'j',
      '--entry-class',
      'A',
      '--wait',
      '--json',
    ])
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.out).state).toBe('RUNNING')
  })
})

describe.concurrent('names and IDs', () => {
  test('an exact ID wins over a name that looks like it', async () => {
    const id = await create('the one meant')
    await create(id)
    const observed = await server.weir(['session', 'describe', id, '--json'])
    expect(JSON.parse(observed.out).name).toBe('the one meant')
  })

  test('a name with spaces and accents is found in either Unicode form', async () => {
    const id = await create('café au lait')
    const observed = await server.weir(['session', 'describe', 'cafe\u0301 au lait', '--json'])
    expect(JSON.parse(observed.out).id).toBe(id)
  })

  test('a job is found without naming its session', async () => {
    await create('home')
    const id = await createJob('home', 'findable')
    const observed = await server.weir(['job', 'describe', 'findable', '--json'])
    expect(JSON.parse(observed.out).id).toBe(id)
  })

  test('a job name that two sessions use is refused until one is named', async () => {
    for (const session of ['left', 'right']) {
      await create(session)
      await createJob(session, 'twin')
    }
    const observed = await server.weir(['job', 'describe', 'twin'])
    expect(observed).toMatchObject({ code: 2, out: '' })
    expect(observed.err).toContain('several sessions: left, right')
    expect((await server.weir(['job', 'describe', 'twin', '-s', 'right'])).code).toBe(0)
  })
})

describe.concurrent('lists', () => {
  test('in a pipe: tabs, no header, times as they are', async () => {
    const id = await create('listed')
    const { out } = await server.weir(['session', 'list'])
    const row = out
      .split('\n')
      .find((line) => line.startsWith(id))
      ?.split('\t')
    expect(row).toEqual([id, 'listed', expect.stringMatching(/^[A-Z]+$/), expect.stringMatching(/^\d{4}-\d\d-\d\dT/)])
    expect(out).not.toContain('NAME')
  })

  test('on a terminal: a header, columns below each other, colours unless NO_COLOR', async () => {
    await create('seen')
    const plain = (await server.weir(['session', 'list'], { tty: true, env: { NO_COLOR: '1' } })).out.split('\n')
    expect(plain[0]).toMatch(/^ID +NAME +STATE +AGE$/)
    const column = plain[0]?.indexOf('NAME')
    expect(plain.find((line) => line.includes(' seen '))?.indexOf('seen')).toBe(column)
    expect(plain.join('')).not.toContain('\u001b')
    expect((await server.weir(['session', 'list'], { tty: true })).out).toContain('\u001b[')
  })

  test("--json has the API's own field names", async () => {
    const id = await create('as JSON')
    const { items } = JSON.parse((await server.weir(['session', 'list', '--json'])).out)
    expect(items.find((item: { id: string }) => item.id === id)).toMatchObject({
      name: 'as JSON',
      createdAt: expect.any(String),
    })
  })
})

describe.concurrent('update and delete', () => {
  test("--if-match refuses a change on top of somebody else's", async () => {
    const id = await create('contested')
    expect(await server.weir(['session', 'update', id, '--name', 'mine'])).toMatchObject({
      code: 0,
      out: `${id}\tmine\t2\n`,
    })
    const late = await server.weir(['session', 'update', id, '--name', 'theirs', '--if-match', '1'])
    expect(late.code).toBe(5)
    expect(late.err).toContain(`session describe ${id}`)
  })

  test('in a script nothing is deleted without --yes', async () => {
    const id = await create('kept')
    const ran = await server.weir(['session', 'delete', 'kept'])
    expect(ran.code).toBe(2)
    expect(ran.err).toContain(`session delete ${id} --yes`)
    expect((await server.weir(['session', 'describe', id])).code).toBe(0)
  })

  test('a session with jobs is kept, and the error says how to delete both', async () => {
    const id = await create('parent')
    await createJob('parent', 'child')
    const refused = await server.weir(['session', 'delete', 'parent', '--yes', '--data-dir', server.dataDir])
    expect(refused.code).toBe(5)
    expect(refused.err).toContain(`session delete ${id} --cascade --data-dir ${server.dataDir}`)
    expect(await server.weir(['session', 'delete', 'parent', '--yes', '--cascade', '--wait'])).toMatchObject({
      code: 0,
      out: '',
    })
    expect((await server.weir(['session', 'describe', id])).code).toBe(3)
  })
})

describe.concurrent('logs and events', () => {
  test('log lines in a pipe carry the name of their process', async () => {
    await create('writes')
    await server.weir(['session', 'wait', 'writes'])
    const { out } = await server.weir(['session', 'logs', 'writes', '--process', 'jobmanager'])
    expect(
      out
        .trim()
        .split('\n')
        .every((line) => line.startsWith('jobmanager\t')),
    ).toBe(true)
  })

  test('a log is followed until what writes it is gone', async () => {
    const id = await create('followed')
    await server.weir(['session', 'wait', 'followed'])
    const following = server.weir(['session', 'logs', 'followed', '--follow', '--process', 'jobmanager'])
    await server.weir(['session', 'delete', id, '--yes', '--wait'])
    expect(await following).toMatchObject({ code: 0, err: 'session followed is gone\n' })
    expect((await following).out).toMatch(/^jobmanager\t/)
    expect(await server.weir(['session', 'logs', 'writes', '--follow', '--json'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--follow has no --json'),
    })
  })

  test('events come oldest first', async () => {
    await create('eventful')
    await server.weir(['session', 'wait', 'eventful'])
    const { out } = await server.weir(['session', 'events', 'eventful'])
    expect(out.split('\n')[0]).toContain('Created')
    expect(out.trim().split('\n').length).toBeGreaterThan(1)
  })
})
