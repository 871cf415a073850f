import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'

import { kubeconfig } from '../../../../tests/support/kubeconfig.ts'
import { systemClock } from '../../../domain/clock.ts'
import { kubeApi } from './api.ts'
import { configMap, type Line, lineTo, type TestNamespace, testNamespace } from './cluster.fixture.ts'
import { connect, type KubeConnection } from './connection.ts'
import { type KubeTrouble, KubeUnreachable } from './errors.ts'
import { createMirror } from './live-mirror.ts'
import type { Mirror } from './mirror.ts'
import type { KubeObject } from './object.ts'

let space: TestNamespace
beforeAll(async () => {
  space = await testNamespace(kubeconfig())
})
afterAll(() => space[Symbol.asyncDispose]())

let line: Line
let connection: KubeConnection
let mirror: Mirror<KubeObject>
let troubles: (KubeTrouble | undefined)[]

beforeEach(async () => {
  line = await lineTo(space.config)
  connection = connect(line.config)
  troubles = []
  mirror = createMirror({
    api: kubeApi(connection),
    path: space.configMaps,
    clock: systemClock,
    onChange: () => {},
    onTrouble: (trouble) => {
      troubles.push(trouble)
    },
  })
  await mirror.ready()
  await expect.poll(() => mirror.observedAt, { timeout: 5000 }).toBeDefined()
})
afterEach(async () => {
  mirror.close()
  await connection.close()
  await line[Symbol.asyncDispose]()
})

let number = 0
/** Past the line, so that it happens whatever the line does. */
async function put(): Promise<string> {
  const name = `cut-${(number += 1)}`
  await space.api.apply(`${space.configMaps}/${name}`, configMap(name, '1'), { fieldManager: 'mine', force: true })
  return name
}
const shows = async (name: string, withinMs = 20_000): Promise<void> => {
  await expect.poll(() => mirror.get(name) !== undefined, { interval: 20, timeout: withinMs }).toBe(true)
}

test('connections that break are made anew: nothing is missed or listed again, and it is no trouble', async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    await shows(await put())
    line.snap()
  }
  await shows(await put())
  expect(mirror.stats()).toMatchObject({ lists: 1, corrected: 0 })
  expect(troubles).toEqual([])
})

test('an API server that is gone is told, what was known stays and ages, and all is well once it is back', async () => {
  await shows(await put())
  const known = mirror.all().length
  line.cut()
  await expect.poll(() => mirror.trouble, { timeout: 15_000 }).toBeInstanceOf(KubeUnreachable)
  const observedAt = mirror.observedAt
  const missed = await put()
  await expect(mirror.refresh()).rejects.toBeInstanceOf(KubeUnreachable)
  expect(mirror.all()).toHaveLength(known)
  expect(mirror.observedAt).toBe(observedAt)
  line.mend()
  await shows(missed)
  await expect.poll(() => mirror.trouble, { timeout: 15_000 }).toBeUndefined()
  expect(mirror.observedAt).toBeGreaterThan(observedAt ?? 0)
})

test('a line that went dead is noticed within half a minute, and nothing is taken as newer than it is', async () => {
  await shows(await put())
  const frozenAt = Date.now()
  line.freeze()
  const missed = await put()
  await expect.poll(() => mirror.trouble, { timeout: 30_000 }).toBeInstanceOf(KubeUnreachable)
  expect(mirror.observedAt).toBeLessThanOrEqual(frozenAt + 50)
  expect(mirror.get(missed)).toBeUndefined()
  line.mend()
  await shows(missed)
  await expect.poll(() => mirror.trouble, { timeout: 15_000 }).toBeUndefined()
})
