import fc from 'fast-check'
import { expect, test } from 'vitest'

import { createContent } from './content.ts'
import type { KubeObject } from './object.ts'
import type { WatchEvent } from './watch.ts'

type Write = { name: string; removes: boolean }

/** etcd with all its revisions: what each write told watches, and what a list showed after it. */
function history(writes: readonly Write[]): { events: WatchEvent[]; lists: KubeObject[][] } {
  const objects = new Map<string, KubeObject>()
  const events: WatchEvent[] = []
  const lists: KubeObject[][] = [[]]
  writes.forEach(({ name, removes }, index) => {
    const known = objects.get(name)
    const object: KubeObject = {
      metadata: { name, uid: known?.metadata.uid ?? `uid-${index}`, resourceVersion: String(index + 1) },
    }
    if (removes) objects.delete(name)
    else objects.set(name, object)
    const type = removes ? 'DELETED' : known ? 'MODIFIED' : 'ADDED'
    // Taking away what isn't there changes nothing; as a bookmark it keeps revisions and events in step.
    events.push(removes && !known ? { type: 'BOOKMARK', object } : { type, object })
    lists.push([...objects.values()])
  })
  return { events, lists }
}

const steps = fc.record({
  writes: fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), removes: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  }),
  /** How far each step lets the events of the watch and the revision of a list go. */
  pace: fc.array(fc.record({ what: fc.constantFrom('event', 'ask', 'answer'), before: fc.nat(4) }), { maxLength: 40 }),
})

test('lists and events in any order and at any distance end in what etcd holds, and listeners heard every step', () => {
  fc.assert(
    fc.property(steps, ({ writes, pace }) => {
      const { events, lists } = history(writes)
      const content = createContent<KubeObject>(
        ({ metadata }) => metadata.name,
        (object) => object,
      )
      const heard = new Map<string, KubeObject>()
      const listen = (changes: { before: KubeObject | undefined; after: KubeObject | undefined }[]): void => {
        for (const { before, after } of changes) {
          const { name } = (after ?? (before as KubeObject)).metadata
          expect(heard.get(name)).toEqual(before)
          if (after) heard.set(name, after)
          else heard.delete(name)
        }
      }
      const list = (revision: number): Parameters<ReturnType<typeof content.expectList>>[0] => ({
        items: lists[revision] ?? [],
        resourceVersion: String(revision),
      })
      listen(content.expectList()(list(0)).changes)
      let delivered = 0
      let newest = 0
      let asked: { take: ReturnType<typeof content.expectList>; revision: number } | undefined
      const deliver = (): void => {
        const event = events[delivered]
        if (!event) return
        delivered += 1
        newest = Math.max(newest, delivered)
        listen(content.event(event))
      }
      const takeList = (): void => {
        if (asked) listen(asked.take(list(asked.revision)).changes)
        asked = undefined
      }
      for (const { what, before } of pace) {
        if (what === 'event') deliver()
        else if (what === 'answer') takeList()
        else if (!asked) {
          newest = Math.min(writes.length, newest + before)
          asked = { take: content.expectList(), revision: newest }
        }
      }
      takeList()
      while (delivered < events.length) deliver()
      expect([...content.items.values()].map(({ metadata }) => metadata)).toEqual(
        expect.arrayContaining((lists.at(-1) ?? []).map(({ metadata }) => metadata)),
      )
      expect(content.items.size).toBe(lists.at(-1)?.length)
      expect(new Map(content.items)).toEqual(heard)
      expect(content.version).toBe(String(events.length))
    }),
    { numRuns: 500 },
  )
})

const thing = (name: string, version: string, uid = 'u'): KubeObject => ({
  metadata: { name, uid, resourceVersion: version },
})
const empty = () =>
  createContent<KubeObject>(
    ({ metadata }) => metadata.name,
    (object) => object,
  )

test('after the version has expired a list counts as it is, whatever its revision', () => {
  const content = empty()
  content.expectList()({ items: [thing('a', '90')], resourceVersion: '100' })
  content.expire()
  const { backwards } = content.expectList()({ items: [thing('a', '10')], resourceVersion: '20' })
  content.event({ type: 'ADDED', object: thing('b', '21') })
  expect({
    backwards,
    versions: [...content.items.values()].map(({ metadata }) => metadata.resourceVersion),
    version: content.version,
  }).toEqual({ backwards: false, versions: ['10', '21'], version: '21' })
})

test('a list older than what was known when it was asked for is told, and counts', () => {
  const content = empty()
  content.expectList()({ items: [thing('a', '90')], resourceVersion: '100' })
  const { backwards, changes } = content.expectList()({ items: [], resourceVersion: '50' })
  expect({ backwards, changes: changes.length, version: content.version }).toEqual({
    backwards: true,
    changes: 1,
    version: '50',
  })
})

test('versions that are no numbers are taken as they come', () => {
  const content = empty()
  content.expectList()({ items: [thing('a', 'x1')], resourceVersion: 'x1' })
  content.event({ type: 'MODIFIED', object: thing('a', 'x2') })
  content.event({ type: 'DELETED', object: thing('a', 'x3') })
  expect({ size: content.items.size, version: content.version }).toEqual({ size: 0, version: 'x3' })
})
