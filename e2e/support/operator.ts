/** The operator's own side of session jobs: files in its container, and its custom resources. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { inject, onTestFinished } from 'vitest'
import type { FlinkSessionJob } from '../../src/runtimes/kubernetes/session-jobs.ts'
import { kubectl } from '../../tests/support/kubernetes.ts'
import type { KubeWeir } from './kubernetes.ts'
import { until } from './wait.ts'

/** Where the operator runs: `namespace/deployment`. */
const [OPERATOR_NAMESPACE = '', OPERATOR = ''] = (
  process.env['WEIR_TEST_OPERATOR'] ?? 'flink-operator/flink-kubernetes-operator'
).split('/')
const inOperator = (...command: string[]): string[] => [
  'exec',
  '-i',
  '-n',
  OPERATOR_NAMESPACE,
  `deployment/${OPERATOR}`,
  '--',
  ...command,
]

const IN_CONTAINER = '/tmp'

/** The jar of the test jobs in the operator's container, gone with the test; its URI. */
export async function jarInOperator(): Promise<string> {
  const path = `${IN_CONTAINER}/weir-test-${process.pid}.jar`
  const [program = 'kubectl', ...first] = (process.env['KUBECTL'] ?? 'kubectl').split(' ')
  const jar = await readFile(inject('jars').tests)
  onTestFinished(() => kubectl(...inOperator('rm', '-f', path)).then(() => {}))
  // On a busy machine what is written to a command by way of the API server may get lost.
  await until(
    'the operator has the jar',
    async () => {
      const copy = spawn(program, [...first, ...inOperator('sh', '-c', `cat > ${path} && wc -c < ${path}`)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      copy.stdin.end(jar)
      return Number(await text(copy.stdout)) === jar.length
    },
    { timeoutMs: 60_000 },
  )
  return `file://${path}`
}

export const sessionJobs = async ({ cluster, namespace, installation }: KubeWeir): Promise<FlinkSessionJob[]> =>
  (
    await cluster.api.list<FlinkSessionJob>(`/apis/flink.apache.org/v1beta1/namespaces/${namespace}/flinksessionjobs`, {
      labelSelector: `weir.dev/installation=${installation}`,
    })
  ).items
