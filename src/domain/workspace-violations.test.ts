import { expect, test } from 'vitest'
import { type WorkspaceTarget, workspaceViolations } from './workspace-violations.ts'

const whole = { kubeClusterId: 'C', kubeNamespace: 'n', kubeServiceAccount: 'flink' }
const paths = (target: WorkspaceTarget) => workspaceViolations(target).map(({ path }) => path)

test('a workspace is on this machine, or wholly in a namespace of a cluster', () => {
  expect(paths({})).toEqual([])
  expect(paths(whole)).toEqual([])
  expect(paths({ kubeClusterId: 'C' })).toEqual(['/kubeNamespace', '/kubeServiceAccount'])
  expect(workspaceViolations({ kubeNamespace: 'n', kubeServiceAccount: 's' })).toEqual([
    {
      path: '/kubeClusterId',
      message: expect.stringContaining('is required beside kubeNamespace and kubeServiceAccount'),
    },
  ])
  expect(paths({ kubeStorage: 's3://b' })).toEqual(['/kubeClusterId', '/kubeNamespace', '/kubeServiceAccount'])
})

test.each([
  's3://bucket/weir',
  's3a://b',
  'gs://b/x/',
  'abfss://container@account.dfs.core.windows.net/weir',
  'hdfs://namenode:8020/weir',
  'file:///mnt/shared',
])('%s can hold state', (kubeStorage) => expect(paths({ ...whole, kubeStorage })).toEqual([]))

test.each([
  ['bucket/weir', /address of a folder/],
  ['/mnt/x', /address of a folder/],
  ['s3://', /address of a folder/],
  ['s3://a b', /address of a folder/],
  ['https://host/x', /Flink can write to/],
  ['local:///opt', /Flink can write to/],
  ['s3://b?x=y', /no query/],
  ['s3://KEY:hunter2@bucket', /no credentials/],
  ['s3://hunter2@bucket', /no credentials/],
  ['abfs://c:hunter2@a/x', /no credentials/],
])('%s is none', (kubeStorage, message) => {
  const found = workspaceViolations({ ...whole, kubeStorage })
  expect(found).toEqual([{ path: '/kubeStorage', message: expect.stringMatching(message) }])
  expect(JSON.stringify(found)).not.toContain('hunter2')
})
