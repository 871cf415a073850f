import { expect, test } from 'vitest'
import { Failure } from '../../domain/failure.ts'
import { KubeError, KubeUnreachable } from './client/errors.ts'
import { refusedFailure, unreachableFailure } from './failures.ts'

const answered = (status: number, reason: string, message = 'said no', details?: object): KubeError =>
  new KubeError(message, { status, reason, details })

test('silence says nothing but that nothing is known, and may go well later', () => {
  for (const convert of [unreachableFailure, refusedFailure]) {
    const failure = convert(new KubeUnreachable('nobody answers'))
    expect(failure).toBeInstanceOf(Failure)
    expect(failure).toMatchObject({ code: 'RUNTIME_UNREACHABLE', retryable: true, message: 'nobody answers' })
  }
})

test('a look that is refused concludes nothing either', () => {
  expect(unreachableFailure(answered(403, 'Forbidden'))).toMatchObject({ code: 'RUNTIME_UNREACHABLE', retryable: true })
  expect(unreachableFailure(answered(401, 'Unauthorized'))).toMatchObject({
    code: 'RUNTIME_UNREACHABLE',
    retryable: true,
  })
})

test.each([
  [422, 'Invalid', false],
  [400, 'BadRequest', false],
  [413, 'RequestEntityTooLarge', false],
  [403, 'Forbidden', true],
  [404, 'NotFound', true],
])('what is applied and refused with %i %s is refused for good; another generation may do better: %s', (...given) => {
  const [status, reason, retryable] = given
  expect(refusedFailure(answered(status, reason))).toMatchObject({ code: 'KUBERNETES_REFUSED', retryable })
})

test.each([
  [409, 'Conflict'],
  [409, 'AlreadyExists'],
  [401, 'Unauthorized'],
  [408, 'Status408'],
  [410, 'Expired'],
])('what is applied and refused with %i %s passes: nothing follows from it', (status, reason) => {
  expect(refusedFailure(answered(status, reason))).toMatchObject({ code: 'RUNTIME_UNREACHABLE', retryable: true })
})

test('how long the API server wants to be left alone is handed on', () => {
  const busy = new KubeUnreachable('too many requests', { status: 429, retryAfterMs: 7_000 })
  expect(refusedFailure(busy)).toMatchObject({ code: 'RUNTIME_UNREACHABLE', retryAfterMs: 7_000 })
})

test('a missing right is told with the rule to add', () => {
  const message =
    'secrets "a" is forbidden: User "weir" cannot patch resource "secrets" in API group "" in the namespace "flink"'
  const { message: reported } = refusedFailure(answered(403, 'Forbidden', message)) as Failure
  const rule = '{apiGroups: [""], resources: [secrets], verbs: [get, create, patch, delete]}'
  expect(reported).toBe(`${message}. Add to the Role of Weir's user in that namespace: ${rule}`)
})

test('a cluster without the operator is told what to install; an object that is missing is not', () => {
  expect(
    (refusedFailure(answered(404, 'NotFound', 'the server could not find the requested resource')) as Failure).message,
  ).toMatch(/^the cluster has no FlinkDeployments: install the Apache Flink Kubernetes Operator/)
  const message = 'namespaces "flink" not found'
  expect((refusedFailure(answered(404, 'NotFound', message, { kind: 'namespaces' })) as Failure).message).toBe(message)
})

test("anything else is nobody's business here", () => {
  const bug = new TypeError('a mistake of ours')
  expect(unreachableFailure(bug)).toBe(bug)
  expect(refusedFailure(bug)).toBe(bug)
})
