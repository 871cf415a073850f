import { describe, expect, test } from 'vitest'

import { manualClock } from '../../../../tests/support/clock.ts'
import { KubeError, KubeUnreachable } from './errors.ts'
import { type FakeObject, fakeKube, unreachableNow } from './fake-kube.fixture.ts'
import { createMirror } from './live-mirror.ts'
import type { MirrorOptions } from './mirror.ts'

const PATH = '/api/v1/namespaces/ns/things'

function mirrored(
  options: Partial<MirrorOptions<FakeObject>> = {},
  prepare: (kube: ReturnType<typeof fakeKube>) => void = () => {},
) {
  const clock = manualClock()
  const kube = fakeKube(clock)
  prepare(kube)
  const changes: string[] = []
  const troubles: (string | undefined)[] = []
  const shown = (object: FakeObject | undefined): string =>
    object ? `${object.metadata.name}=${object.data ?? ''}` : '-'
  const mirror = createMirror<FakeObject>({
    api: kube.api,
    path: PATH,
    clock,
    random: () => 0.5,
    onChange: (before, after) => {
      changes.push(`${shown(before)} > ${shown(after)}`)
    },
    onTrouble: (trouble) => {
      troubles.push(trouble?.message)
    },
    ...options,
  })
  const names = (): string[] =>
    mirror
      .all()
      .map(({ metadata }) => metadata.name)
      .sort()
  return { clock, kube, mirror, changes, troubles, names }
}

const forbidden = (): KubeError => new KubeError('things is forbidden', { status: 403, reason: 'Forbidden' })

describe('what a mirror holds', () => {
  test('what was there first, and what a watch tells of', async () => {
    const { clock, kube, mirror, changes } = mirrored({}, (before) => {
      before.put('a', '1')
    })
    await mirror.ready()
    await clock.advance(0)
    kube.put('b', '1')
    kube.put('a', '2')
    kube.remove('b')
    expect(changes).toEqual(['- > a=1', '- > b=1', 'a=1 > a=2', 'b=1 > -'])
    expect(mirror.get('a')?.data).toBe('2')
    expect(mirror.stats()).toMatchObject({ lists: 1, watches: 1, events: 3, corrected: 0 })
    mirror.close()
  })

  test('an object replaced under its name between two watches is told as gone, then as new', async () => {
    const { clock, kube, mirror, changes } = mirrored({}, (before) => {
      before.put('a', '1')
    })
    await mirror.ready()
    kube.silently(() => {
      kube.remove('a')
      kube.put('a', '2')
    })
    await clock.advance(0)
    await mirror.refresh()
    expect(changes).toEqual(['- > a=1', 'a=1 > -', '- > a=2'])
    mirror.close()
  })

  test('objects are kept as `keep` answers them', async () => {
    const { kube, mirror } = mirrored({ keep: ({ metadata }) => ({ metadata, data: 'kept' }) }, (before) => {
      before.put('a', '1')
    })
    await mirror.ready()
    kube.put('a', '2')
    expect(mirror.get('a')?.data).toBe('kept')
    mirror.close()
  })

  test('in all namespaces a name stands with its namespace', async () => {
    const { kube, mirror } = mirrored({ path: '/api/v1/things' })
    await mirror.ready()
    kube.put('one/a', '1')
    kube.put('two/a', '2')
    await mirror.refresh()
    expect([mirror.get('one/a')?.data, mirror.get('two/a')?.data, mirror.get('a')]).toEqual(['1', '2', undefined])
    mirror.close()
  })
})

describe('watches that end', () => {
  test('one that the server ends goes on from where it was', async () => {
    const { clock, kube, mirror, names } = mirrored()
    await mirror.ready()
    await clock.advance(6000)
    kube.put('a')
    kube.end()
    kube.put('b')
    await clock.advance(0)
    expect(names()).toEqual(['a', 'b'])
    expect(mirror.stats()).toMatchObject({ lists: 1, watches: 2, corrected: 0 })
    mirror.close()
  })

  test('a bookmark moves the target from which a watch goes on', async () => {
    const { clock, kube, mirror, names } = mirrored()
    await mirror.ready()
    await clock.advance(6000)
    kube.put('a')
    kube.silently(() => {
      kube.put('elsewhere')
      kube.remove('elsewhere')
    })
    kube.bookmark()
    kube.compact()
    kube.end()
    await clock.advance(0)
    expect(names()).toEqual(['a'])
    expect(mirror.stats().lists).toBe(1)
    mirror.close()
  })

  test.each(['as an answer', 'as an event'])('410 %s leads to a list, whose differences are counted', async (form) => {
    const { clock, kube, mirror, changes, troubles } = mirrored({}, (before) => {
      before.put('a', '1')
      before.put('b', '1')
    })
    await mirror.ready()
    await clock.advance(6000)
    changes.length = 0
    kube.silently(() => {
      kube.put('a', '2')
      kube.remove('b')
      kube.put('c', '1')
    })
    kube.compact()
    kube.end(form === 'as an event' ? new KubeError('too old', { status: 410, reason: 'Expired' }) : undefined)
    await clock.advance(1000)
    expect(changes.sort()).toEqual(['- > c=1', 'a=1 > a=2', 'b=1 > -'])
    expect(mirror.stats()).toMatchObject({ lists: 2, corrected: 3 })
    expect(troubles).toEqual([])
    mirror.close()
  })

  test('one that is ended at once each time is not opened without a pause', async () => {
    const { clock, kube, mirror } = mirrored()
    await mirror.ready()
    for (let second = 0; second < 60; second += 1) {
      kube.end()
      await clock.advance(1000)
    }
    expect(mirror.stats().watches).toBeLessThan(20)
    expect(mirror.trouble).toBeUndefined()
    mirror.close()
  })
})

describe('trouble', () => {
  test('keeps what is known, is told once, and is over once a watch is open again', async () => {
    const { clock, kube, mirror, troubles, names } = mirrored({}, (before) => {
      before.put('a')
    })
    await mirror.ready()
    await clock.advance(6000)
    kube.fail(unreachableNow())
    kube.end(unreachableNow())
    await clock.advance(60_000)
    expect(names()).toEqual(['a'])
    expect(mirror.trouble).toBeInstanceOf(KubeUnreachable)
    const age = clock.now() - (mirror.observedAt ?? 0)
    expect(age).toBeGreaterThanOrEqual(60_000)
    kube.put('b')
    kube.fail(undefined)
    await clock.advance(11_000)
    expect(names()).toEqual(['a', 'b'])
    expect(troubles).toEqual(['nothing listens there', undefined])
    expect(mirror.stats()).toMatchObject({ lists: 1, corrected: 0 })
    mirror.close()
  })

  test('tries come at growing distances, some seconds at most', async () => {
    const { clock, kube, mirror } = mirrored({}, (before) => {
      before.fail(unreachableNow())
    })
    await expect(mirror.ready()).rejects.toThrow('nothing listens there')
    await clock.advance(10 * 60_000)
    const tries = mirror.stats().lists
    expect(tries).toBeGreaterThan(60)
    expect(tries).toBeLessThan(100)
    kube.fail(undefined)
    await clock.advance(10_000)
    await mirror.ready()
    expect(mirror.trouble).toBeUndefined()
    mirror.close()
  })

  test('a list that is forbidden is told by ready() as what it is', async () => {
    const { mirror } = mirrored({}, (before) => {
      before.fail(forbidden())
    })
    await expect(mirror.ready()).rejects.toMatchObject({ reason: 'Forbidden' })
    await expect(mirror.ready()).rejects.toMatchObject({ reason: 'Forbidden' })
    expect(mirror.observedAt).toBeUndefined()
    mirror.close()
  })

  test('a broken connection that the next one makes good is no trouble', async () => {
    const { clock, kube, mirror, troubles } = mirrored()
    await mirror.ready()
    await clock.advance(6000)
    kube.end(unreachableNow())
    await clock.advance(1000)
    expect(troubles).toEqual([])
    expect(kube.watches()).toBe(1)
    mirror.close()
  })

  test('an API server that hangs silently is noticed within seconds, and what it knows ages until then', async () => {
    const { clock, kube, mirror, names } = mirrored({}, (before) => {
      before.put('a')
    })
    await mirror.ready()
    await clock.advance(60_000)
    expect(clock.now() - (mirror.observedAt ?? 0)).toBeLessThanOrEqual(10_000)
    kube.freeze(true)
    const frozenAt = clock.now()
    await clock.advance(21_000)
    expect(mirror.trouble).toBeInstanceOf(KubeUnreachable)
    expect(mirror.observedAt).toBeLessThanOrEqual(frozenAt)
    kube.put('b')
    kube.freeze(false)
    await clock.advance(15_000)
    expect(mirror.trouble).toBeUndefined()
    expect(names()).toEqual(['a', 'b'])
    mirror.close()
  })

  test('one question per ten seconds serves all mirrors of an API server', async () => {
    const { clock, kube, mirror } = mirrored()
    const others = [1, 2, 3].map(() =>
      createMirror<FakeObject>({ api: kube.api, path: PATH, clock, random: () => 0.5, onChange: () => {} }),
    )
    await clock.advance(100_000)
    expect(kube.api.requests.byVerb.ping).toBeGreaterThanOrEqual(8)
    expect(kube.api.requests.byVerb.ping).toBeLessThanOrEqual(10)
    for (const one of [mirror, ...others]) one.close()
    await clock.advance(100_000)
    expect(clock.pending()).toBe(0)
  })
})

describe('lists that come again', () => {
  test('find what watches did not bring, and count it', async () => {
    const { clock, kube, mirror, names } = mirrored({ resyncMs: 60_000 }, (before) => {
      before.put('a', '1')
    })
    await mirror.ready()
    await clock.advance(0)
    kube.silently(() => {
      kube.put('b')
      kube.remove('a')
    })
    await clock.advance(61_000)
    expect(names()).toEqual(['b'])
    expect(mirror.stats()).toMatchObject({ lists: 2, watches: 1, corrected: 2 })
    mirror.close()
  })

  test('those for a caller show what the caller has written before, and are no corrections', async () => {
    const { clock, kube, mirror, names } = mirrored()
    await mirror.ready()
    await clock.advance(0)
    const release = kube.holdLists()
    const first = mirror.refresh()
    await clock.advance(0)
    kube.silently(() => {
      kube.put('mine')
    })
    const second = mirror.refresh()
    const third = mirror.refresh()
    release()
    await Promise.all([first, second, third])
    expect(names()).toEqual(['mine'])
    expect(mirror.stats()).toMatchObject({ lists: 3, corrected: 0 })
    mirror.close()
  })

  test('do not undo what events brought while they were on their way', async () => {
    const { clock, kube, mirror, changes, names } = mirrored({}, (before) => {
      before.put('a', '1')
      before.put('b', '1')
    })
    await mirror.ready()
    await clock.advance(0)
    const release = kube.holdLists()
    const list = mirror.refresh()
    await clock.advance(0)
    kube.put('a', '2')
    kube.remove('b')
    kube.put('c', '1')
    changes.length = 0
    release()
    await list
    expect(changes).toEqual([])
    expect(names()).toEqual(['a', 'c'])
    mirror.close()
  })

  test('one that fails leaves everything as it is and tells its caller', async () => {
    const { clock, kube, mirror, names } = mirrored({}, (before) => {
      before.put('a')
    })
    await mirror.ready()
    await clock.advance(0)
    kube.fail(forbidden())
    await expect(mirror.refresh()).rejects.toMatchObject({ reason: 'Forbidden' })
    expect(names()).toEqual(['a'])
    mirror.close()
  })

  test('an API server put back to an older state is followed', async () => {
    const { clock, kube, mirror, names } = mirrored({ resyncMs: 60_000 }, (before) => {
      before.put('a')
    })
    await mirror.ready()
    await clock.advance(6000)
    kube.restore(50)
    kube.put('old')
    await clock.advance(70_000)
    expect(names()).toEqual(['old'])
    kube.put('new')
    expect(names()).toEqual(['new', 'old'])
    mirror.close()
  })
})

describe('listeners and the end', () => {
  test('a listener that throws misses nothing later, and neither does anybody else', async () => {
    let calls = 0
    const { clock, kube, mirror, names } = mirrored(
      {
        onChange: () => {
          calls += 1
          throw new Error('listener')
        },
      },
      (before) => {
        before.put('a')
      },
    )
    await mirror.ready()
    await clock.advance(0)
    kube.put('b')
    expect({ calls, names: names(), thrown: mirror.stats().thrown }).toEqual({ calls: 2, names: ['a', 'b'], thrown: 2 })
    mirror.close()
  })

  test('nothing is called, asked or kept waiting after close()', async () => {
    const { clock, kube, mirror, changes, troubles } = mirrored()
    await mirror.ready()
    await clock.advance(0)
    const release = kube.holdLists()
    const list = mirror.refresh()
    await clock.advance(0)
    mirror.close()
    release()
    await expect(list).rejects.toThrow('closed')
    const sent = kube.api.requests.count
    kube.put('a')
    kube.fail(unreachableNow())
    await clock.advance(20 * 60_000)
    expect({
      changes,
      troubles,
      sent: kube.api.requests.count,
      watches: kube.watches(),
      timers: clock.pending(),
    }).toEqual({ changes: [], troubles: [], sent, watches: 0, timers: 0 })
  })

  test('ready() of a mirror that is closed before its first list rejects', async () => {
    const { kube, mirror } = mirrored({}, (before) => {
      before.freeze(true)
    })
    const ready = mirror.ready()
    mirror.close()
    await expect(ready).rejects.toThrow('closed')
    await expect(mirror.ready()).rejects.toThrow('closed')
    kube.freeze(false)
  })
})
