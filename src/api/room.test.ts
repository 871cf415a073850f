import { expect, test } from 'vitest'
import { CLUSTER_BODY, JOB_BODY, SESSION_BODY, startApi } from '../../tests/support/api.ts'

const JAR = { raw: 'x', headers: { 'content-type': 'application/java-archive' } }
const full = { freeBytes: 3.9 * 2 ** 20, neededBytes: 64 * 2 ** 20 }

test('507: for a full disk nothing new is taken and nothing is changed, but read and deleted', async () => {
  const disk = { room: async (_what: string): Promise<typeof full | undefined> => undefined }
  const { call, base, session } = await startApi({ room: (what) => disk.room(what) })
  const path = await session()
  disk.room = async () => full
  for (const [method, url, body] of [
    ['POST', `${base}/sessions`, { ...SESSION_BODY, name: 'other' }],
    ['POST', `${path}/jobs`, JOB_BODY],
    ['POST', '/api/org/v1/clusters', CLUSTER_BODY],
    ['POST', '/api/org/v1/workspaces', { name: 'w' }],
    ['POST', `${base}/artifacts?name=a.jar`, undefined],
    ['PATCH', path, { name: 'renamed' }],
  ] as const) {
    const answer = await call(method, url, body === undefined ? JAR : { body })
    expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 507, 'STORE_FULL'])
    expect(answer.body.message).toMatch(/3 MiB are free, 64 MiB are needed\. Delete what is not needed/)
  }
  expect((await call('GET', path)).status).toBe(200)
  expect((await call('DELETE', path)).status).toBe(204)
  expect((await call('POST', `${base}/sessions`, { key: 'none', body: SESSION_BODY })).status).toBe(401)
})

test('where the store has a disk of its own, only files are refused for the disk of the data folder', async () => {
  const { call, base } = await startApi({ room: async (what) => (what === 'files' ? full : undefined) })
  expect((await call('POST', `${base}/sessions`, { body: SESSION_BODY })).status).toBe(201)
  const upload = await call('POST', `${base}/artifacts?name=a.jar`, JAR)
  expect([upload.status, upload.body.code]).toEqual([507, 'STORE_FULL'])
})
