import { describe, expect, test } from 'vitest'
import { JOB_BODY, SESSION_BODY, sharedApi, startApi } from '../../tests/support/api.ts'

const api = sharedApi()
const create = (change: object) =>
  api().call('POST', `${api().base}/sessions`, { body: { ...SESSION_BODY, ...change } })
const paths = ({ body }: { body: { details: { path: string }[] } }) => body.details.map(({ path }) => path).sort()

describe('400', () => {
  test('all violations are told at once, each with its path and what would be right', async () => {
    const { name: _left, jars: _out, ...rest } = SESSION_BODY
    const answer = await api().call('POST', `${api().base}/sessions`, {
      body: {
        ...rest,
        runtime: 'FLINK_1_71',
        runtme: 'x',
        jobManagerResource: { memory: '12x', cpu: 0 },
        flinkConfiguration: { a: 1 },
        plugins: [{ name: 'Å', jars: [] }, 7],
        labels: { 'a/b~c!': 'x' },
      },
    })
    expect([answer.status, answer.body.code]).toEqual([400, 'INVALID_REQUEST'])
    expect(paths(answer)).toEqual([
      '/flinkConfiguration/a',
      '/jars',
      '/jobManagerResource/cpu',
      '/jobManagerResource/memory',
      '/labels/a~1b~0c!',
      '/name',
      '/plugins/0/name',
      '/plugins/0/name',
      '/plugins/1',
      '/runtime',
      '/runtme',
    ])
    const message = (path: string) =>
      answer.body.details.find((detail: { path: string }) => detail.path === path).message
    expect(message('/runtme')).toBe('is not known here; did you mean "runtime"?')
    expect(message('/runtime')).toContain('did you mean "FLINK_1_17"?')
    expect(message('/jobManagerResource/memory')).toContain('"12x" is not allowed: it must be a size')
    expect(message('/flinkConfiguration/a')).toBe('must be of type string, not number')
    expect(message('/name')).toBe('is required')
  })

  test.each([
    ['empty', ''],
    ['only white space', ' \t\n'],
    ['too long', 'x'.repeat(64)],
    ['with a line break', 'a\nb'],
    ['with NUL', 'a\0b'],
    ['with a direction override', 'a\u202Eb'],
    ['a number', 7],
    ['null', null],
  ])('a name that is %s', async (_what, name) => {
    const answer = await create({ name })
    expect([answer.status, [...new Set(paths(answer))]]).toEqual([400, ['/name']])
  })

  test.each([
    ['unreadable JSON', '{"name": ', 'MALFORMED_JSON'],
    ['nothing', '', 'INVALID_REQUEST'],
    ['no object', '[]', 'INVALID_REQUEST'],
    ['null', 'null', 'INVALID_REQUEST'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'MALFORMED_JSON'],
    ['a property that would reach into the program', '{"__proto__": {"a": 1}}', 'MALFORMED_JSON'],
  ])('a body that is %s', async (_what, raw, code) => {
    const answer = await api().call('POST', `${api().base}/sessions`, { raw })
    expect([answer.status, answer.body.code]).toEqual([400, code])
  })

  test('unreadable JSON: the message says where reading stopped', async () => {
    const { body } = await api().call('POST', `${api().base}/sessions`, { raw: '{"name": x}' })
    expect(body.message).toMatch(/Unexpected token 'x'/)
  })

  test('text that no database can hold', async () => {
    const answer = await create({ flinkConfiguration: { a: 'x\0y', 'b\0': 'z' }, jars: ['\ud800'] })
    expect([answer.status, paths(answer)]).toEqual([
      400,
      ['/flinkConfiguration/a', '/flinkConfiguration/b\0', '/jars/0'],
    ])
  })

  test('values that may be secrets are not repeated', async () => {
    const answer = await create({
      flinkConfiguration: { 's3.secret-key': ['hunter2'], other: 'hunter2'.repeat(20_000) },
    })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).not.toContain('hunter2')
  })

  test('hundreds of violations make a short answer', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`unknown${index}`, index]))
    const { status, body } = await create(unknown)
    expect([status, body.details.length, body.details.at(-1).message]).toEqual([
      400,
      101,
      expect.stringContaining('first 100'),
    ])
  })

  test('a size of a hundred thousand digits is refused as fast as any', async () => {
    expect((await create({ jobManagerResource: { memory: `${'1'.repeat(100_000)}x` } })).status).toBe(400)
  })

  test.each([
    ['limit=0', 'query/limit'],
    ['limit=1001', 'query/limit'],
    ['sort=size', 'query/sort'],
    ['sort=-', 'query/sort'],
    ['q=', 'query/q'],
    ['limit=ten', 'query/limit'],
    ['limit=1&limit=2', 'query/limit'],
    ['lmit=5', 'query/lmit'],
    ['state=RUNING', 'query/state'],
    ['marker=none%20of%20ours', 'query/marker'],
    ['name=', 'query/name'],
    ['label=%00', 'query/label'],
  ])('a list asked for with ?%s', async (query, path) => {
    const answer = await api().call('GET', `${api().base}/sessions?${query}`)
    expect([answer.status, paths(answer)]).toEqual([400, [path]])
  })

  test('a flag that is neither true nor false', async () => {
    const path = await api().session({ name: 'flags' })
    expect(paths(await api().call('DELETE', `${path}?force=yes&cascade=1`))).toEqual(['query/cascade', 'query/force'])
    expect((await api().call('GET', path)).body.state).toBe('PENDING')
  })

  test.each(['three', '"3', '"1","2" "3"', ''])('If-Match: %s', async (value) => {
    const path = await api().session({ name: `tag ${value.length}` })
    const answer = await api().call('PATCH', path, { body: { name: 'x' }, headers: { 'if-match': value } })
    expect([answer.status, paths(answer)]).toEqual([400, ['header/if-match']])
  })

  test('an Idempotency-Key without end', async () => {
    const headers = { 'idempotency-key': 'k'.repeat(256) }
    const answer = await api().call('POST', `${api().base}/sessions`, { body: SESSION_BODY, headers })
    expect([answer.status, paths(answer)]).toEqual([400, ['header/idempotency-key']])
  })

  test('a job: two locations of its savepoint, an ID of its own choice, no args', async () => {
    const path = await api().session({ name: 'jobs' })
    const job = { id: 'a'.repeat(32), initialSavepoint: { location: 's3://b/sp', id: 'X' } }
    const answer = await api().call('POST', `${path}/jobs`, { body: { ...JOB_BODY, job } })
    expect([answer.status, paths(answer)]).toEqual([400, ['/job/args', '/job/id', '/job/initialSavepoint']])
  })

  test('an update of what is not known', async () => {
    const path = await api().session({ name: 'update' })
    const answer = await api().call('PATCH', path, { body: { nmae: 'x', desiredState: 'SUSPENDED' } })
    expect([answer.status, paths(answer)]).toEqual([400, ['/desiredState', '/nmae']])
  })

  test('an address that cannot be decoded', async () => {
    const answer = await api().call('GET', `${api().base}/sessions/%zz`)
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual({
      code: 'BAD_REQUEST',
      message: expect.any(String),
      details: [],
      requestId: expect.any(String),
    })
  })
})

describe('413', () => {
  test('a body beyond the limit', async () => {
    const { call, base } = await startApi({ bodyLimit: 1_000 })
    const answer = await call('POST', `${base}/sessions`, { body: { ...SESSION_BODY, name: 'x'.repeat(1_000) } })
    expect([answer.status, answer.body.code]).toEqual([413, 'BODY_TOO_LARGE'])
    expect(answer.body.message).toContain('1000 bytes')
  })
})

describe('415', () => {
  test.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense'])(
    'a body of %s',
    async (type) => {
      const answer = await api().call('POST', `${api().base}/sessions`, {
        body: SESSION_BODY,
        headers: { 'content-type': type },
      })
      expect([answer.status, answer.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
    },
  )
})

describe('422', () => {
  test('a marker that no list gave out', async () => {
    const answer = await api().call('GET', `${api().base}/sessions?marker=none-of-ours`)
    expect([answer.status, paths(answer)]).toEqual([422, ['query/marker']])
  })

  test('all reasons are told at once', async () => {
    const answer = await create({
      jars: ['s3://a/x.jar', 'https://b/x.jar?v=2'],
      plugins: [
        { name: 'p1', jars: [] },
        { name: 'p1', jars: [] },
      ],
      taskManagers: { min: 3, max: 2 },
      logConfiguration: { '../log4j.properties': '', 'a/b': '', '..': '' },
      flinkConfiguration: { 'rest.port': '80', 'jobmanager.memory.process.size': '2g' },
    })
    expect([answer.status, answer.body.code]).toEqual([422, 'CANNOT_BE_CARRIED_OUT'])
    expect(paths(answer)).toEqual([
      '/flinkConfiguration/jobmanager.memory.process.size',
      '/flinkConfiguration/rest.port',
      '/jars/1',
      '/logConfiguration/..',
      '/logConfiguration/..~1log4j.properties',
      '/logConfiguration/a~1b',
      '/plugins/1/name',
      '/taskManagers/min',
    ])
  })

  test('names that no file can have, or that two would have, each by its field', async () => {
    const answer = await create({
      jars: [`https://h/${'%F0%9F%98%80'.repeat(255)}.jar`, 'https://h/%zz.jar'],
      plugins: [
        {
          name: 's3-fs-hadoop',
          jars: ['/opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar', '/opt/flink/opt/flink-s3-fs-hadoop-1.17.2.jar'],
        },
      ],
      logConfiguration: { ['😀'.repeat(255)]: '', 'config.yaml': '' },
      flinkConfiguration: { 'containerized.master.env.A=B': 'x' },
    })
    expect([answer.status, paths(answer)]).toEqual([
      422,
      [
        '/flinkConfiguration/containerized.master.env.A=B',
        '/jars/0',
        '/jars/1',
        '/logConfiguration/config.yaml',
        `/logConfiguration/${'😀'.repeat(255)}`,
        '/plugins/0/jars/1',
      ],
    ])
    expect(JSON.stringify(answer.body)).toContain('at most 255 bytes')
  })

  test('a job that starts from a savepoint nobody made, with a key of the control plane', async () => {
    const path = await api().session({ name: 'savepoints' })
    const body = {
      ...JOB_BODY,
      flinkConfiguration: { 'execution.target': 'local' },
      job: { args: [], initialSavepoint: { id: 'SP1' } },
    }
    const answer = await api().call('POST', `${path}/jobs`, { body })
    expect([answer.status, paths(answer)]).toEqual([
      422,
      ['/flinkConfiguration/execution.target', '/job/initialSavepoint/id'],
    ])
  })

  test('an update of more than the name names every field that cannot be changed yet, and changes nothing', async () => {
    const path = await api().session({ name: 'before' })
    const answer = await api().call('PATCH', path, { body: { name: 'after', jars: [], labels: { a: 'b' } } })
    expect([answer.status, paths(answer)]).toEqual([422, ['/jars', '/labels']])
    expect((await api().call('GET', path)).body).toMatchObject({ name: 'before', revision: 1 })
  })
})
