/** What is served to anyone: one copy of it, however many ask. */
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { sharedApi } from '../../tests/support/api.ts'

const api = sharedApi()
const STATIC = ['/docs/', '/docs/js/scalar.js', '/api/openapi.json']

test.each(STATIC)('%s comes compressed to who takes that, and not again to who has it', async (url) => {
  const { app } = api()
  const whole = await app.inject(url)
  const packed = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } })
  expect(packed.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(packed.rawPayload).equals(whole.rawPayload)).toBe(true)
  expect(packed.headers.etag).not.toBe(whole.headers.etag)
  const again = await app.inject({ url, headers: { 'if-none-match': `"other", ${whole.headers.etag}` } })
  expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0])
})

test('of the page only its own scripts run, it is in no frame, and nothing is loaded from elsewhere', async () => {
  const page = await api().app.inject('/docs/')
  const policy = String(page.headers['content-security-policy'])
  expect(policy).toMatch(/script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='; /)
  expect(policy).not.toMatch(/script-src[^;]*unsafe|https?:/)
  expect(policy).toContain("frame-ancestors 'none'")
  expect(page.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
})
