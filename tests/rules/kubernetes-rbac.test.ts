import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { CONTROL_PLANE_RULES, FLINK_RULES, type Rule, rightsOf } from '../../src/runtimes/kubernetes/rights.ts'
import { read } from './files.ts'

interface Manifest {
  kind: string
  metadata: { name: string }
  rules?: Rule[]
}

const ROLES = [
  ['weir', CONTROL_PLANE_RULES],
  ['flink', FLINK_RULES],
] as const

test.each(ROLES)('the documented Role %s gives the rights that are checked for, and no other', (name, rules) => {
  const documents = parseAllDocuments(read('docs/guides/kubernetes-rbac.yaml')).map(
    (document) => document.toJS() as Manifest,
  )
  const role = documents.find(({ kind, metadata }) => kind === 'Role' && metadata.name === name)
  const sorted = (of: readonly Rule[]): string[] =>
    rightsOf(of)
      .map((right) => JSON.stringify(right))
      .sort()
  expect(sorted(role?.rules ?? [])).toEqual(sorted(rules))
})
