/**
 * The one table of configuration keys that callers may not set, because Weir sets them itself or because they would
 * break what it promises. A key ending in `*` stands for all that begin with what is before it. Old names stand beside
 * new ones, since Flink reads both.
 */

import { REFUSED_BY_LAUNCHER } from './launcher.ts'

export interface ReservedEntry {
  keys: readonly string[]
  /** Follows "is reserved: ": why it is, and what to use instead. */
  reason: string
  /** Values that change nothing and are therefore let through (compared without regard to case). */
  harmless?: readonly string[]
  /** Not reserved there; where `allowed` stands, only with one of these values (compared without regard to case). */
  except?: 'KUBERNETES'
  allowed?: readonly string[]
}

export const RESERVED: readonly ReservedEntry[] = [
  {
    keys: [
      'rest.address',
      'rest.port',
      'rest.bind-address',
      'rest.bind-port',
      'web.address',
      'web.port',
      'jobmanager.web.address',
      'jobmanager.web.port',
    ],
    reason:
      "Flink's REST API listens only where Weir can reach it, on a port chosen at each launch; reach it through a " +
      'URL of the session',
  },
  {
    keys: ['rest.path', 'rest.url-prefix'],
    reason: "Weir itself speaks to Flink's REST API and expects it at the root; leave it out",
  },
  {
    keys: ['jobmanager.rpc.*', 'jobmanager.bind-host', 'resourcemanager.rpc.port', 'local.number-resourcemanager'],
    reason: 'the address and ports of the JobManager are chosen at each launch; leave it out',
  },
  {
    keys: [
      'taskmanager.host',
      'taskmanager.bind-host',
      'taskmanager.rpc.*',
      'taskmanager.data.port',
      'taskmanager.data.bind-port',
      'taskmanager.network.bind-policy',
      'taskmanager.collect-sink.port',
      'metrics.internal.query-service.port',
    ],
    reason: 'the addresses and ports of TaskManagers are chosen at each launch; leave it out',
  },
  {
    keys: ['jobmanager.resource-id', 'taskmanager.resource-id'],
    reason: 'Weir tells the members of a cluster apart by names of its own; leave it out',
  },
  {
    keys: ['blob.server.port', 'blob.storage.directory', 'blob.service.ssl.enabled'],
    reason: 'where a JobManager keeps and serves files of jobs is decided at each launch; leave it out',
  },
  {
    keys: [
      'io.tmp.dirs',
      'taskmanager.tmp.dirs',
      'web.tmpdir',
      'jobmanager.web.tmpdir',
      'web.upload.dir',
      'jobmanager.web.upload.dir',
      'rest.profiling.dir',
      'process.working-dir',
      'process.jobmanager.working-dir',
      'process.taskmanager.working-dir',
      'taskmanager.state.local.root-dirs',
      'execution.checkpointing.local-backup.dirs',
    ],
    reason: 'temporary files belong in the folder of the launch, which is deleted with it; leave it out',
  },
  {
    keys: ['web.log.path', 'jobmanager.web.log.path', 'taskmanager.log.path'],
    reason: 'Weir decides where processes log; `logConfiguration` says what they log',
  },
  ...REFUSED_BY_LAUNCHER,
  {
    keys: ['web.submit.enable', 'jobmanager.web.submit.enable'],
    reason: 'Weir submits jobs through it; the proxy in front of the web UI refuses jar uploads anyway. Leave it out',
    harmless: ['true'],
  },
  {
    keys: ['security.ssl.enabled', 'security.ssl.rest.enabled', 'security.ssl.rest.authentication-enabled'],
    reason:
      "Flink's REST API can only be reached by Weir, which speaks plain HTTP to it; leave it out, " +
      'or set `security.ssl.internal.enabled` to encrypt what JobManager and TaskManagers say to each other',
    harmless: ['false'],
  },
  {
    keys: ['high-availability', 'high-availability.type'],
    reason:
      'Weir replaces a dead JobManager and brings its jobs back itself; a second rescuer would start each job ' +
      'twice. Leave it out; ' +
      'in a session on Kubernetes `kubernetes` may be chosen',
    harmless: ['none'],
    except: 'KUBERNETES',
    allowed: ['kubernetes', 'none'],
  },
  {
    keys: ['high-availability.storageDir'],
    reason:
      "Flink's high availability is off on this machine, since Weir replaces a dead JobManager itself; leave it out",
    except: 'KUBERNETES',
  },
  {
    keys: ['recovery.mode'],
    reason:
      'Weir replaces a dead JobManager and brings its jobs back itself; a second rescuer would start each job ' +
      'twice. Leave it out',
    harmless: ['none'],
  },
  {
    keys: ['high-availability.*', 'recovery.*'],
    reason:
      "how Flink's high availability tells clusters apart is decided by Weir, where it is on at all; leave it out",
  },
  {
    keys: ['execution.checkpointing.create-subdir', 'state.checkpoints.create-subdir'],
    reason: "two attempts of a job would share one checkpoint folder and delete each other's state; leave it out",
    harmless: ['true'],
  },
  {
    keys: [
      'execution.target',
      'execution.attached',
      'execution.shutdown-on-attached-exit',
      'execution.shutdown-on-application-finish',
      'execution.submit-failed-job-on-application-error',
      'internal.cluster.execution-mode',
      '$internal.*',
    ],
    reason: "it belongs to Flink's entry points, which Weir starts; leave it out",
  },
  {
    keys: ['execution.savepoint.path', 'execution.state-recovery.path'],
    reason: 'use `job.initialSavepoint` of the job',
  },
  {
    keys: ['execution.savepoint.ignore-unclaimed-state', 'execution.state-recovery.ignore-unclaimed-state'],
    reason: 'use `job.allowNonRestoredState` of the job',
  },
  {
    keys: ['execution.savepoint-restore-mode', 'execution.state-recovery.claim-mode'],
    reason: 'Weir decides who owns a savepoint: it is never deleted but by its own DELETE or retention. Leave it out',
  },
  {
    keys: ['pipeline.jars'],
    reason: 'use `jars` of the session, or `job.jarUri` of the job',
  },
  {
    keys: [
      'kubernetes.cluster-id',
      'kubernetes.namespace',
      'kubernetes.context',
      'kubernetes.config.file',
      'kubernetes.internal.*',
    ],
    reason: 'the workspace and the resource decide where on Kubernetes a cluster runs; leave it out',
  },
  {
    keys: ['kubernetes.container.image*'],
    reason:
      "the image follows from `runtime` and the server's table of images (weir serve --image); " +
      'secrets to pull it with belong to the service account of the workspace',
  },
  {
    keys: [
      'kubernetes.service-account',
      'kubernetes.jobmanager.service-account',
      'kubernetes.taskmanager.service-account',
    ],
    reason: "Flink's pods run as the service account that the workspace names (`kubeServiceAccount`); leave it out",
  },
  {
    keys: ['kubernetes.pod-template-file*'],
    reason:
      'Weir describes the pods itself: use `jobManagerResource` and `taskManagerResource` for their sizes, `jars` ' +
      'and `plugins` for ' +
      'files, `logConfiguration` for what they log',
  },
  {
    keys: ['kubernetes.jobmanager.owner.reference'],
    reason: 'what belongs to a cluster is marked and removed by Weir; leave it out',
  },
  {
    keys: ['kubernetes.rest-service.exposed.*'],
    reason:
      "Flink's REST API can be reached by Weir only, which goes through Kubernetes' own; reach it through a URL of " +
      'the session',
  },
  {
    keys: ['kubernetes.jobmanager.labels', 'kubernetes.taskmanager.labels'],
    reason: 'by its labels Weir finds what is its own; use `labels` of the session to find sessions by',
  },
  {
    keys: ['kubernetes.jobmanager.replicas'],
    reason: 'a cluster has one JobManager, which is replaced when it dies; leave it out',
  },
  {
    keys: ['slotmanager.number-of-slots.*'],
    reason: 'use `taskManagers` of the session: its `min` and `max` count TaskManagers',
  },
]

/** The entry that forbids this key, if one does. */
export function reservedEntry(key: string): ReservedEntry | undefined {
  return RESERVED.find(({ keys }) =>
    keys.some((pattern) => (pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern)),
  )
}
