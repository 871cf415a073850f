/**
 * A cluster as the FlinkDeployment that is applied for it. Pure. Rendered once for each generation and stored with it:
 * a later version of this file touches no running cluster.
 *
 * Only fields of `flink.apache.org/v1beta1` that the operator has from 1.7 on. Sizes are converted here, since
 * Kubernetes reads `256m` as a quarter of a byte where Flink reads 256 MiB.
 */
import type { ClusterRef, EffectiveClusterSpec, MemberResource } from '../../domain/cluster.ts'
import { configuredEnvironment } from '../../domain/launcher.ts'
import { COMMON_POOL_OPTION, MODULE_OPTIONS } from '../jvm-options.ts'
import { composeLog4j, LOG4J_FILE } from '../logging.ts'
import { operatorVersion } from './images.ts'
import { clusterLabels, clusterName, FILES_CONTAINER, MAIN_CONTAINER } from './objects.ts'

export interface ManifestInput {
  cluster: ClusterRef
  spec: EffectiveClusterSpec
  installation: string
  namespace: string
  serviceAccount: string
  image: string
  /** Files are to be fetched before Flink starts: the Secret of the cluster's name has the plan. */
  files: boolean
  /** The Secret holds the runner, too. */
  runner: boolean
}

const MIB = 2 ** 20
/** Flink needs a moment to say goodbye; more only makes a deletion last. */
const GRACE_SECONDS = 5
const LOG_MEGABYTES = 10

const FLINK_HOME = '/opt/flink'
const RUNNER_PATH = `${FLINK_HOME}/lib/weir-runner.jar`
const filesMount = { plan: '/weir/plan', files: '/weir/files' } as const

export function renderManifest(input: ManifestInput): Record<string, unknown> {
  const { cluster, spec, namespace, serviceAccount, image, installation } = input
  const labels = clusterLabels(installation, cluster)
  return {
    apiVersion: 'flink.apache.org/v1beta1',
    kind: 'FlinkDeployment',
    metadata: { name: clusterName(cluster), namespace, labels },
    spec: {
      image,
      imagePullPolicy: 'IfNotPresent',
      flinkVersion: operatorVersion(spec.runtime),
      mode: 'native',
      serviceAccount,
      flinkConfiguration: flinkConfiguration(spec),
      logConfiguration: logConfiguration(spec),
      podTemplate: podTemplate(input, labels),
      jobManager: { replicas: 1, resource: resourceOf('jobmanager', spec.jobManager, spec.flinkConfiguration) },
      taskManager: { resource: resourceOf('taskmanager', spec.taskManager, spec.flinkConfiguration) },
    },
  }
}

/**
 * The operator's own word for memory wins over the key; where the caller named parts instead of a total, there is no
 * key.
 */
function resourceOf(
  role: string,
  member: MemberResource,
  configuration: Record<string, string>,
): Record<string, unknown> {
  const { cpu, memoryBytes, ephemeralStorageBytes } = member
  return {
    cpu,
    ...(`${role}.memory.process.size` in configuration && { memory: `${Math.ceil(memoryBytes / MIB)}m` }),
    ...(ephemeralStorageBytes !== undefined && { ephemeralStorage: `${Math.ceil(ephemeralStorageBytes / MIB)}Mi` }),
  }
}

const NOT_HERE = [
  // It is part of the new name's value.
  'env.java.opts',
  // Only a standalone JobManager has that wait; native mode asks Kubernetes for what it needs.
  'resourcemanager.standalone.start-up-time',
  'jobmanager.memory.process.size',
  'taskmanager.memory.process.size',
]

function flinkConfiguration(spec: EffectiveClusterSpec): Record<string, string> {
  const given = Object.entries(spec.flinkConfiguration).filter(([key]) => !NOT_HERE.includes(key))
  const { slots } = spec.taskManager
  const least = spec.initialTaskManagers * slots
  return {
    ...Object.fromEntries(given),
    ...javaOptions(spec),
    // Native mode before 1.19 has no such key, and such a minimum was refused then.
    ...(least > 0 && { 'slotmanager.number-of-slots.min': String(least) }),
    ...(spec.maxTaskManagers !== undefined && {
      'slotmanager.number-of-slots.max': String(spec.maxTaskManagers * slots),
    }),
    'kubernetes.rest-service.exposed.type': 'ClusterIP',
  }
}

/**
 * The configuration that the operator mounts hides the image's own, and with it the options that Java 17 wants of
 * Flink. A JobManager is busy while it starts and idle later: the quick compiler and the serial collector bring it up
 * sooner. The start scripts of every version read the old name only where the new one is not given.
 */
function javaOptions({ flinkConfiguration: given }: EffectiveClusterSpec): Record<string, string> {
  const asked = given['env.java.opts.all'] || given['env.java.opts']
  const jobManager = given['env.java.opts.jobmanager']
  return {
    'env.java.opts.all': [...MODULE_OPTIONS, ...(asked ? [asked] : [])].join(' '),
    'env.java.opts.jobmanager': [
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      // Which Java the image has is not known here; 25 needs it, and to those before it makes no difference.
      COMMON_POOL_OPTION,
      ...(jobManager === undefined ? [] : [jobManager]),
    ].join(' '),
  }
}

const logConfiguration = ({ logConfiguration: given }: EffectiveClusterSpec): Record<string, string> => ({
  ...given,
  [LOG4J_FILE]: composeLog4j(given[LOG4J_FILE], { console: 'STDOUT', fileMegabytes: LOG_MEGABYTES, files: 2 }),
})

function podTemplate(
  { cluster, spec, image, files, runner }: ManifestInput,
  labels: Record<string, string>,
): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels },
    spec: {
      terminationGracePeriodSeconds: GRACE_SECONDS,
      ...(files && { initContainers: [filesContainer(image, spec)] }),
      containers: [
        {
          name: MAIN_CONTAINER,
          // Of a pod whose log nobody could read any more, the end of it is in its status.
          terminationMessagePolicy: 'FallbackToLogsOnError',
          ...((files || runner) && {
            volumeMounts: [...(files ? fileMounts(spec) : []), ...(runner ? [RUNNER_MOUNT] : [])],
          }),
        },
      ],
      ...((files || runner) && {
        volumes: [
          { name: 'weir-plan', secret: { secretName: clusterName(cluster) } },
          ...(files ? [{ name: 'weir-files', emptyDir: {} }] : []),
        ],
      }),
    },
  }
}

/** A file by itself: a mount over `lib/` would hide the image's. */
const RUNNER_MOUNT = { name: 'weir-plan', mountPath: RUNNER_PATH, subPath: 'runner.jar', readOnly: true }

/** The cluster's own image, so that no other one is needed; it has Java, and the files that `local://` names. */
const filesContainer = (image: string, { flinkConfiguration }: EffectiveClusterSpec): Record<string, unknown> => ({
  name: FILES_CONTAINER,
  image,
  imagePullPolicy: 'IfNotPresent',
  command: [
    // For Flink's file systems the program needs Flink: the session's, which is the image's.
    'java',
    '-Xmx128m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-cp',
    `${filesMount.plan}/files.jar:${FLINK_HOME}/lib/*`,
    'dev.weir.files.Fetch',
    `${filesMount.plan}/plan`,
    filesMount.files,
  ],
  env: [
    // What Flink's JobManager would have, credentials of a file system among it.
    ...Object.entries(configuredEnvironment('jobmanager', flinkConfiguration)).map(([name, value]) => ({
      name,
      value,
    })),
    { name: 'FLINK_PLUGINS_DIR', value: `${filesMount.files}/all-plugins` },
  ],
  volumeMounts: [
    { name: 'weir-plan', mountPath: filesMount.plan, readOnly: true },
    { name: 'weir-files', mountPath: filesMount.files },
  ],
})

/** Each plugin at a folder of its own: a mount over `plugins/` would hide the image's. */
function fileMounts({ jars, plugins }: EffectiveClusterSpec): Record<string, unknown>[] {
  return [
    ...(jars.length > 0 ? [{ name: 'weir-files', mountPath: `${FLINK_HOME}/lib/extra`, subPath: 'extra' }] : []),
    ...plugins
      .filter((plugin) => plugin.jars.length > 0)
      .map(({ name }) => ({
        name: 'weir-files',
        mountPath: `${FLINK_HOME}/plugins/${name}`,
        subPath: `plugins/${name}`,
      })),
  ]
}
