import { expect, test } from 'vitest'
import { KubeError } from './client/errors.ts'
import { asRules, CONTROL_PLANE_RULES, FLINK_RULES, missingRule, rightsOf } from './rights.ts'

const forbidden = (message: string, details: object = {}): KubeError =>
  new KubeError(message, { status: 403, reason: 'Forbidden', details })
/** As the API server words it. */
const denied = (verb: string, resource: string, group = ''): KubeError =>
  forbidden(
    `GET /x: ${resource} is forbidden: User "weir" ` +
      `cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "flink" (403)`,
    { kind: resource.split('/')[0], group },
  )

test('a rule is one right for each of its resources and verbs', () => {
  expect(rightsOf([{ apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] }])).toEqual([
    { group: '', resource: 'pods', verb: 'get' },
    { group: '', resource: 'pods', verb: 'list' },
    { group: '', resource: 'pods', subresource: 'log', verb: 'get' },
    { group: '', resource: 'pods', subresource: 'log', verb: 'list' },
  ])
})

test('missing rights are told as rules, one for each resource, which grant them again', () => {
  const rights = rightsOf(CONTROL_PLANE_RULES).filter(({ verb }) => verb === 'delete' || verb === 'create')
  const rules = asRules(rights)
  expect(rules).toContain('{apiGroups: ["flink.apache.org"], resources: [flinkdeployments], verbs: [create, delete]}')
  expect(rules).toContain('{apiGroups: [""], resources: [services/proxy], verbs: [create, delete]}')
  const again = [
    ...rules.matchAll(/\{apiGroups: \["([^"]*)"\], resources: \[([^\]]*)\], verbs: \[([^\]]*)\]\}/g),
  ].flatMap(([, group = '', resource = '', verbs = '']) =>
    rightsOf([{ apiGroups: [group], resources: [resource], verbs: verbs.split(', ') }]),
  )
  const sorted = (all: object[]): string[] => all.map((right) => JSON.stringify(right)).sort()
  expect(sorted(again)).toEqual(sorted(rights))
})

test('the two tables ask for no right twice and never for all of something', () => {
  for (const rules of [CONTROL_PLANE_RULES, FLINK_RULES]) {
    const rights = rightsOf(rules).map((right) => JSON.stringify(right))
    expect(new Set(rights).size).toBe(rights.length)
    expect(rights.join()).not.toContain('*')
  }
})

test('a refusal names the rule for just what was refused, subresources apart', () => {
  expect(missingRule(denied('create', 'configmaps'))).toBe(
    '{apiGroups: [""], resources: [configmaps], verbs: [get, create, delete]}',
  )
  expect(missingRule(denied('get', 'pods/log'))).toBe('{apiGroups: [""], resources: [pods/log], verbs: [get]}')
  expect(missingRule(denied('watch', 'pods'))).toBe(
    '{apiGroups: [""], resources: [pods], verbs: [get, list, watch, delete]}',
  )
  expect(missingRule(denied('get', 'services/proxy'))).toContain('resources: [services/proxy]')
  expect(missingRule(denied('patch', 'flinkdeployments', 'flink.apache.org'))).toBe(
    '{apiGroups: ["flink.apache.org"], resources: [flinkdeployments], verbs: [get, list, watch, create, patch, ' +
      'delete]}',
  )
})

test('what is forbidden for other reasons than a missing right asks for no rule', () => {
  const details = { kind: 'configmaps', group: '' }
  for (const why of [
    'unable to create new content in namespace flink because it is being terminated',
    'exceeded quota: few, requested: configmaps=1, used: configmaps=1, limited: configmaps=1',
  ])
    expect(missingRule(forbidden(`configmaps "weir-claim" is forbidden: ${why}`, details))).toBeUndefined()
  expect(missingRule(denied('create', 'deployments', 'apps'))).toBeUndefined()
  expect(
    missingRule(new KubeError('cannot get resource "pods" in API group ""', { status: 404, reason: 'NotFound' })),
  ).toBeUndefined()
})
