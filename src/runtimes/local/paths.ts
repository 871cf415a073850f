/**
 * Where a cluster's files lie: one folder a generation below the data folder, absolute, readable by its owner only.
 * What must outlive a generation (checkpoints, savepoints) lies beside, in `state`.
 */
import { access, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import type { ClusterRef } from '../../domain/cluster.ts'
import type { ProcessRole } from '../../domain/process.ts'

/** The folders of one launch. All are absolute. */
export interface LaunchFolder {
  root: string
  conf: string
  log: string
  /** The caller's jars: `lib/extra` of the contract. */
  extra: string
  /** Weir's runner, a copy: an upgrade of Weir replaces no file under a JVM that runs. */
  runner: string
  plugins: string
  /** `io.tmp.dirs`, uploads, blobs and staged jars: worthless once the JobManager is gone. */
  scratch: string
  tmp: string
  upload: string
  blob: string
  jars: string
  /**
   * Exists once the JobManager's REST API has answered: tells a failed start from the loss of a cluster that was up.
   */
  reached: string
}

const resourceFolder = (dataDir: string, resource: string) => join(resolve(dataDir), 'clusters', resource)

/** Not the caller's, though it is none of Flink's. */
export const RUNNER_JAR = 'weir-runner.jar'

export const launchFolder = (dataDir: string, cluster: ClusterRef): LaunchFolder =>
  launchFolderAt(join(resourceFolder(dataDir, cluster.resource), String(cluster.generation)))

export function launchFolderAt(root: string): LaunchFolder {
  const scratch = join(root, 'scratch')
  return {
    root,
    conf: join(root, 'conf'),
    log: join(root, 'log'),
    extra: join(root, 'lib', 'extra'),
    runner: join(root, 'lib', RUNNER_JAR),
    plugins: join(root, 'plugins'),
    scratch,
    tmp: join(scratch, 'tmp'),
    upload: join(scratch, 'upload'),
    blob: join(scratch, 'blob'),
    jars: join(scratch, 'jars'),
    reached: join(root, 'reached'),
  }
}

/**
 * Where a JVM runs that was started before it had a cluster. It stays its working folder; once it has one, the names in
 * it lead to that one's launch folder.
 */
export const spareFolder = (dataDir: string, uuid: string): LaunchFolder =>
  launchFolderAt(join(resolve(dataDir), 'spares', uuid))

/** The folder above all launches of a resource, and the one that holds its state. */
export const resourceFolders = (dataDir: string, resource: string) => ({
  launches: resourceFolder(dataDir, resource),
  checkpoints: join(resolve(dataDir), 'state', resource, 'checkpoints'),
  savepoints: join(resolve(dataDir), 'state', resource, 'savepoints'),
})

export async function makeFolders(folder: LaunchFolder): Promise<void> {
  for (const path of [
    folder.root,
    folder.conf,
    folder.log,
    folder.extra,
    folder.plugins,
    folder.tmp,
    folder.upload,
    folder.blob,
    folder.jars,
  ]) {
    await mkdir(path, { recursive: true, mode: 0o700 })
  }
}

/** `jobmanager`, `taskmanager-3`: the stem of a member's log, output and argument files. */
export const memberName = (role: ProcessRole, ordinal: number): string =>
  role === 'jobmanager' ? role : `${role}-${ordinal}`

export const logFiles = (folder: LaunchFolder, role: ProcessRole, ordinal: number) => {
  const stem = join(folder.log, memberName(role, ordinal))
  return { log: `${stem}.log`, out: `${stem}.out`, err: `${stem}.err` }
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
