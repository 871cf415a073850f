/**
 * The suite on a real Kubernetes, and what it needs: looked at beforehand, since each lack would else show as many
 * late failures.
 */
import { FLINK_RUNTIMES } from '../src/domain/spec.ts'
import { inspectTarget } from '../src/runtimes/kubernetes/check.ts'
import { type KubeApi, kubeApi } from '../src/runtimes/kubernetes/client/api.ts'
import { connect } from '../src/runtimes/kubernetes/client/connection.ts'
import { operatorVersion } from '../src/runtimes/kubernetes/images.ts'
import { kubeconfig } from '../tests/support/kubeconfig.ts'
import {
  BUCKET,
  kubectl,
  SERVICE_ACCOUNT,
  testImages,
  testNamespaces,
  testRuntime,
} from '../tests/support/kubernetes.ts'
import { createBucket, s3Server } from '../tests/support/s3.ts'
import { type Counts, ONE_FAILURE, say, suite } from './suites.ts'

const GUIDE = 'docs/guides/kubernetes.md tells how to have a cluster for these tests, and what each variable means.'
/** Files that run side by side have a namespace each. */
const LEAST_NAMESPACES = 2
/** Of `inspectTarget`; the claim is not among them, since tests that were killed may have left one. */
const INSPECTED = ['Reachable', 'OperatorInstalled', 'NamespaceThere', 'Permitted', 'ServiceAccountReady']

/** One failure where something is missing, which is told. */
export async function kubernetesSuite(...flags: string[]): Promise<Counts> {
  const missing = [...(await missingInCluster()), ...(await missingInS3())]
  if (missing.length > 0) {
    say(`The tests on Kubernetes cannot run:\n${missing.map((line) => `  - ${line}\n`).join('')}${GUIDE}`)
    return ONE_FAILURE
  }
  const [[, image] = []] = testImages().filter(([runtime]) => runtime === testRuntime())
  say(`Kubernetes: ${testRuntime()} by ${image ?? 'the official image'} in ${testNamespaces().join(', ')}`)
  return suite(['kubernetes'], ...flags)
}

async function missingInCluster(): Promise<string[]> {
  const unset = [
    ...(process.env['KUBECONFIG']
      ? []
      : ['KUBECONFIG is not set: the kubeconfig of a cluster with the Apache Flink Kubernetes Operator']),
    ...(process.env['WEIR_TEST_NAMESPACES']
      ? []
      : [
          `WEIR_TEST_NAMESPACES is not set: namespaces for these tests alone, which the operator watches, each with a service account \`${SERVICE_ACCOUNT}\` ` +
            '(team-a,team-b)',
        ]),
    ...(process.env['WEIR_TEST_HOST']
      ? []
      : ['WEIR_TEST_HOST is not set: the address of this machine as pods reach it, for jars that the tests serve']),
    ...(s3Server()
      ? []
      : [
          'WEIR_TEST_S3 is not set: an S3 server that pods and this machine reach, {"endpoint", "accessKey", "secretKey", "region"}',
        ]),
  ]
  if (unset.length > 0) return unset
  const namespaces = testNamespaces()
  const few =
    namespaces.length < LEAST_NAMESPACES
      ? [`WEIR_TEST_NAMESPACES names ${namespaces.length} namespace, at least ${LEAST_NAMESPACES} are needed`]
      : []
  try {
    const connection = connect(kubeconfig())
    try {
      const found = await Promise.all(namespaces.map((namespace) => missingInNamespace(kubeApi(connection), namespace)))
      const inCluster = [...new Set(found.flat())]
      // A cluster that can't be reached would be told a second time, in the words of kubectl.
      return [...few, ...inCluster, ...(inCluster.length > 0 ? [] : await missingForKubectl(namespaces))]
    } finally {
      await connection.close()
    }
  } catch (error) {
    return [
      ...few,
      `KUBECONFIG (${process.env['KUBECONFIG']}): ${(error as Error).message}. These tests read one file with everything in it: ` +
        'kubectl config view --minify --flatten > FILE',
    ]
  }
}

async function missingInNamespace(api: KubeApi, namespace: string): Promise<string[]> {
  const target = { cluster: '', namespace, serviceAccount: SERVICE_ACCOUNT }
  const { findings, flinkVersions } = await inspectTarget(api, target, { installation: '', workspace: '' })
  const missing = findings
    .filter(({ type, status }) => INSPECTED.includes(type) && status === 'False')
    .map(({ message }) => message)
  const runtime = testRuntime()
  if (!FLINK_RUNTIMES.includes(runtime))
    missing.push(`WEIR_TEST_RUNTIME is ${runtime}, which is none of ${FLINK_RUNTIMES.join(', ')}`)
  else if (flinkVersions && !flinkVersions.includes(operatorVersion(runtime))) {
    missing.push(
      `the operator that is there does not run ${runtime}, only ${flinkVersions.join(', ')}: set WEIR_TEST_RUNTIME, or install a newer operator`,
    )
  }
  return missing
}

/** The tests kill processes in pods, and make namespaces of their own for what needs no operator. */
async function missingForKubectl([namespace = '']: string[]): Promise<string[]> {
  const rights = [
    ['create', 'namespaces'],
    ['create', 'pods', '--subresource=exec', '-n', namespace],
  ]
  const missing: string[] = []
  for (const right of rights) {
    try {
      await kubectl('auth', 'can-i', ...right)
    } catch (error) {
      const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
      if (code === 'ENOENT' || code === 'EACCES')
        return ['kubectl is not there: put it on the PATH, or let KUBECTL name it']
      missing.push(
        stdout.startsWith('no')
          ? `the user of KUBECONFIG may not: ${right.join(' ')}`
          : `kubectl auth can-i ${right.join(' ')}: ${stderr.trim()}`,
      )
    }
  }
  return missing
}

async function missingInS3(): Promise<string[]> {
  try {
    const server = s3Server()
    if (server) await createBucket(server, BUCKET)
    return []
  } catch (error) {
    const { message, cause } = error as Error
    const why = cause instanceof Error ? `${message} (${cause.message})` : message
    return [
      `WEIR_TEST_S3: ${why}. It is JSON {endpoint, accessKey, secretKey, region} of an S3 server that this machine and pods reach`,
    ]
  }
}
