import { describe, expect, test } from 'vitest'
import { JOB_BODY, SESSION_BODY, startApi } from '../../tests/support/api.ts'

const idOf = (path: string) => path.split('/').at(-1)!

describe('409', () => {
  test('a name that a sibling has: the answer names it, so that a retried create cannot start a second cluster', async () => {
    const { call, base, session } = await startApi()
    const id = idOf(await session())
    const answer = await call('POST', `${base}/sessions`, { body: { ...SESSION_BODY, name: ` ${SESSION_BODY.name} ` } })
    expect([answer.status, answer.body.code, answer.body.details[0].path]).toEqual([409, 'NAME_TAKEN', '/name'])
    expect(answer.body.message).toContain(id)
  })

  test('a name is kept until the resource is gone, and the answer says that it is being deleted', async () => {
    const { call, base, session, store } = await startApi()
    const path = await session()
    await call('DELETE', path)
    const answer = await call('POST', `${base}/sessions`, { body: SESSION_BODY })
    expect([answer.status, answer.body.message]).toEqual([409, expect.stringContaining('being deleted')])
    await store.resources.remove(idOf(path))
    expect((await call('POST', `${base}/sessions`, { body: SESSION_BODY })).status).toBe(201)
  })

  test('a rename to the name of a sibling; jobs of two sessions may share one', async () => {
    const { call, session, job } = await startApi()
    const [one, two] = [await session({ name: 'one' }), await session({ name: 'two' })]
    expect((await call('PATCH', two, { body: { name: 'one' } })).body.code).toBe('NAME_TAKEN')
    await job(one)
    const other = await job(two)
    const third = await job(two, { name: 'third' })
    expect((await call('PATCH', third, { body: { name: JOB_BODY.name } })).body.message).toContain(idOf(other))
  })

  test('an Idempotency-Key with another body, and one whose resource is gone', async () => {
    const { call, base, store } = await startApi()
    const headers = { 'idempotency-key': 'k' }
    const { body } = await call('POST', `${base}/sessions`, { body: SESSION_BODY, headers })
    const other = await call('POST', `${base}/sessions`, { body: { ...SESSION_BODY, name: 'other' }, headers })
    expect([other.status, other.body.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
    await call('DELETE', `${base}/sessions/${body.id}`)
    await store.resources.remove(body.id)
    const again = await call('POST', `${base}/sessions`, { body: SESSION_BODY, headers })
    expect([again.status, again.body.code]).toEqual([409, 'IDEMPOTENCY_RESOURCE_GONE'])
  })

  test('a session with jobs is not deleted by mistake: the answer names them', async () => {
    const { call, session, job, store } = await startApi()
    const path = await session()
    const jobId = idOf(await job(path))
    const refused = await call('DELETE', path)
    expect([refused.status, refused.body.code, refused.body.message]).toEqual([
      409,
      'SESSION_HAS_JOBS',
      expect.stringContaining(jobId),
    ])
    await store.resources.observed(jobId, { state: 'FINISHED', status: { detail: '', restarts: 0, conditions: [] } })
    expect((await call('DELETE', path)).status).toBe(204)
  })

  test('what is being deleted takes no change and no job', async () => {
    const { call, session, job } = await startApi()
    const path = await session()
    const jobPath = await job(path)
    await call('DELETE', path, {})
    await call('DELETE', `${path}?cascade=true`)
    for (const [method, to, body] of [
      ['PATCH', path, { name: 'x' }],
      ['POST', `${path}/jobs`, { ...JOB_BODY, name: 'late' }],
    ] as const) {
      const answer = await call(method, to, { body })
      expect([method, answer.status, answer.body.code]).toEqual([method, 409, 'BEING_DELETED'])
    }
    await call('DELETE', jobPath)
    expect((await call('PATCH', jobPath, { body: { name: 'x' } })).body.code).toBe('BEING_DELETED')
  })
})

describe('412', () => {
  test('nothing is changed or deleted on the ground of an old revision', async () => {
    const { call, session } = await startApi()
    const path = await session()
    await call('PATCH', path, { body: { name: 'two' }, headers: { 'if-match': '"1"' } })
    for (const tag of ['"1"', 'W/"1"', '1', '"1", "3"', '"none-of-ours"']) {
      for (const [method, body] of [
        ['PATCH', { name: 'three' }],
        ['DELETE', undefined],
      ] as const) {
        const answer = await call(method, path, { body, headers: { 'if-match': tag } })
        expect([tag, method, answer.status, answer.body.code]).toEqual([tag, method, 412, 'REVISION_STALE'])
      }
    }
    expect((await call('GET', path)).body).toMatchObject({ name: 'two', revision: 2, state: 'PENDING' })
  })

  test.each(['"1"', 'W/"1"', '1', '*', '"7", "1"'])('If-Match: %s lets a change of revision 1 pass', async (tag) => {
    const { call, session, job } = await startApi()
    const path = await job(await session())
    expect((await call('PATCH', path, { body: { name: 'x' }, headers: { 'if-match': tag } })).status).toBe(200)
    expect((await call('DELETE', path, { headers: { 'if-match': tag.replace('1', '2') } })).status).toBe(204)
  })

  test('of two callers who read the same revision one wins', async () => {
    const { call, session } = await startApi()
    const path = await session()
    const headers = { 'if-match': '"1"' }
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => call('PATCH', path, { body: { name }, headers })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412])
  })
})
