import { expect, test } from 'vitest'
import { sharedApi } from '../../tests/support/api.ts'

const api = sharedApi({ hosts: ['weir.example.com', '0.0.0.0'] })

const asked = (host: string, path = '/api/org/v1/me') => api().call('GET', path, { headers: { host } })

test.each([
  'localhost:8080',
  'LocalHost',
  'weir.localhost:80',
  '127.0.0.1:8080',
  '10.1.2.3:8080',
  '[::1]:8080',
  '[fd00::7]',
  'weir.example.com',
  'Weir.Example.Com.:443',
])('a request to %s is answered: it is an address, or a name that the server has', async (host) => {
  expect((await asked(host)).status).toBe(200)
})

test.each([
  'evil.example',
  'evil.example:8080',
  'weir.example.com.evil.example',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'notlocalhost',
  'weir.example.com@evil.example',
  '[::1',
])('a request to "%s" is refused with a valid key too, saying what would allow it', async (host) => {
  const { status, body } = await asked(host)
  expect([status, body.code]).toEqual([421, 'HOST_NOT_ALLOWED'])
  expect(body.message).toContain('--allowed-host')
})

test.each(['/', '/docs/', '/api/openapi.json', '/no/such/page'])(
  '%s is not for pages of others either',
  async (path) => {
    expect((await asked('evil.example', path)).status).toBe(421)
  },
)
