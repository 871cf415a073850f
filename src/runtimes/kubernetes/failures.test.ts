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

test('what is applied and refused may go well later, but for what the object itself makes invalid', () => {
  expect(refusedFailure(answered(422, 'Invalid'))).toMatchObject({ code: 'KUBERNETES_REFUSED', retryable: false })
  expect(refusedFailure(answered(400, 'BadRequest'))).toMatchObject({ code: 'KUBERNETES_REFUSED', retryable: false })
  for (const reason of ['Forbidden', 'NotFound', 'Conflict', 'Unauthorized']) {
    expect(refusedFailure(answered(409, reason))).toMatchObject({ code: 'KUBERNETES_REFUSED', retryable: true })
  }
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
