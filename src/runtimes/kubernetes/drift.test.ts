import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sessionSpec } from '../../../tests/support/fake-kubernetes.ts'
import { driftOf, labelsDrifted } from './drift.ts'
import { renderManifest } from './manifest.ts'

type Tree = Record<string, unknown>
interface Live {
  metadata: { labels: Record<string, string> }
  spec: Record<string, unknown> & { flinkConfiguration: Record<string, string> }
}

const APPLIED = renderManifest({
  cluster: { resource: 'ABC2', generation: 1 },
  spec: sessionSpec({ jars: ['https://host/a.jar'] }),
  installation: 'i',
  namespace: 'flink',
  serviceAccount: 'flink',
  image: 'flink:1.18.1',
  files: true,
  runner: true,
})
const changed = (change: (live: Live) => void): string | undefined => {
  const live = structuredClone(APPLIED) as unknown as Live
  change(live)
  return driftOf(APPLIED, live as unknown as Tree)
}

const NOT_TO_BE_ADDED = ['flinkConfiguration', 'logConfiguration', 'job', 'ingress', 'restartNonce', '__proto__']

describe('no drift', () => {
  test("what was applied, whatever its fields' order and whoever wrote it", () => {
    expect(changed(() => {})).toBeUndefined()
    expect(
      changed((live) => {
        live.spec = Object.fromEntries(Object.entries(live.spec).toReversed()) as Live['spec']
      }),
    ).toBeUndefined()
    expect(
      changed((live) => {
        Object.assign(live.metadata, { annotations: { a: 'b' }, finalizers: ['x'], generation: 4 })
      }),
    ).toBeUndefined()
  })

  test('defaults that the operator or the API server writes', () => {
    expect(
      changed(({ spec }) => {
        Object.assign(spec, { ingress: null, restartNonce: null })
        Object.assign(spec['taskManager'] as Tree, { replicas: 1 })
        const pod = (spec['podTemplate'] as { spec: { containers: Tree[] } }).spec
        Object.assign(pod, { restartPolicy: 'Always' })
        Object.assign(pod.containers[0]!, { resources: {}, terminationMessagePath: '/dev/termination-log' })
      }),
    ).toBeUndefined()
  })

  test('an empty map that the API server leaves out', () => {
    expect(driftOf({ spec: { podTemplate: {} } }, { spec: {} })).toBeUndefined()
  })

  test('a manifest never drifts from itself with anything added where additions redeploy nothing', () => {
    const key = fc.string({ minLength: 1 }).filter((name) => !NOT_TO_BE_ADDED.includes(name))
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean())
    const { tree } = fc.letrec<{ tree: Tree; value: unknown }>((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('value'), { maxLength: 3 }), tie('tree')),
      tree: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    }))
    fc.assert(
      fc.property(tree, tree, fc.dictionary(key, fc.string()), (spec, defaults, flinkConfiguration) => {
        const applied = { spec: { ...spec, flinkConfiguration } }
        expect(driftOf(applied, withDefaults(applied, defaults) as Tree)).toBeUndefined()
      }),
    )
  })
})

/** Adds the defaults to every map but those that are wholly ours. */
function withDefaults(value: unknown, defaults: Tree): unknown {
  if (Array.isArray(value)) return value.map((one) => withDefaults(one, defaults))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).map(([key, inner]) => [
    key,
    key === 'flinkConfiguration' ? inner : withDefaults(inner, defaults),
  ])
  return { ...defaults, ...Object.fromEntries(kept) }
}

describe('drift', () => {
  test.each<[what: string, change: (live: Live) => void, path: string]>([
    [
      'a value that was changed',
      ({ spec }) => {
        spec['image'] = 'flink:latest'
      },
      'spec.image',
    ],
    [
      'a value deep within',
      ({ spec }) => {
        ;(spec['jobManager'] as { resource: Tree }).resource['memory'] = '1g'
      },
      'spec.jobManager.resource.memory',
    ],
    [
      'a value that was removed',
      ({ spec }) => {
        delete spec['serviceAccount']
      },
      'spec.serviceAccount',
    ],
    [
      'an option that was changed',
      ({ spec }) => {
        spec.flinkConfiguration['heartbeat.interval'] = '1'
      },
      'spec.flinkConfiguration.heartbeat.interval',
    ],
    [
      'an option that was added',
      ({ spec }) => {
        spec.flinkConfiguration['parallelism.default'] = '4'
      },
      'spec.flinkConfiguration.parallelism.default',
    ],
    [
      'an option that was removed',
      ({ spec }) => {
        delete spec.flinkConfiguration['heartbeat.interval']
      },
      'spec.flinkConfiguration.heartbeat.interval',
    ],
    [
      'a log configuration that was added',
      ({ spec }) => {
        ;(spec['logConfiguration'] as Tree)['logback-console.xml'] = ''
      },
      'spec.logConfiguration.logback-console.xml',
    ],
    [
      'a restart that was asked for',
      ({ spec }) => {
        spec['restartNonce'] = 1
      },
      'spec.restartNonce',
    ],
    [
      'a job that was added',
      ({ spec }) => {
        spec['job'] = { jarURI: 'local:///a.jar' }
      },
      'spec.job',
    ],
    [
      'a container that was added',
      ({ spec }) => {
        ;(spec['podTemplate'] as { spec: { containers: Tree[] } }).spec.containers.push({ name: 'x' })
      },
      'spec.podTemplate.spec.containers',
    ],
  ])('%s', (_what, change, path) => {
    expect(changed(change)).toBe(path)
  })

  test('any change of any value is seen', () => {
    const leaves = pathsOf(APPLIED['spec'])
    expect(leaves.length).toBeGreaterThan(40)
    for (const leaf of leaves) {
      const live = structuredClone(APPLIED)
      const parent = leaf.slice(0, -1).reduce<Tree>((tree, key) => tree[key] as Tree, live['spec'] as Tree)
      parent[leaf.at(-1)!] = 'changed'
      expect(driftOf(APPLIED, live)).toBeDefined()
    }
  })

  test('of many differences the first few are named', () => {
    expect(
      changed(({ spec }) => {
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) spec.flinkConfiguration[name] = ''
      }),
    ).toBe(
      'spec.flinkConfiguration.a, spec.flinkConfiguration.b, spec.flinkConfiguration.c, spec.flinkConfiguration.d, ' +
        'spec.flinkConfiguration.e and 2 more',
    )
  })
})

const pathsOf = (value: unknown): string[][] =>
  typeof value !== 'object' || value === null
    ? [[]]
    : Object.entries(value).flatMap(([key, inner]) => pathsOf(inner).map((rest) => [key, ...rest]))

test("labels of ours that were changed or taken away are seen; others are nobody's business", () => {
  const labels = (APPLIED['metadata'] as { labels: Record<string, string> }).labels
  expect(labelsDrifted(APPLIED, { metadata: { labels: { ...labels, team: 'a' } } })).toBe(false)
  expect(labelsDrifted(APPLIED, { metadata: { labels: { ...labels, 'weir.dev/resource': 'X' } } })).toBe(true)
  expect(labelsDrifted(APPLIED, { metadata: {} })).toBe(true)
})
