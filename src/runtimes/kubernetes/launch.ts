/**
 * Launching: what is applied is rendered once, kept, and applied as it was kept. Every step may be repeated, also by
 * the next server: the same manifest under the same name changes nothing.
 */

import { readFile } from 'node:fs/promises'
import { isoTime } from '../../domain/clock.ts'
import type { ClusterRef, EffectiveClusterSpec } from '../../domain/cluster.ts'
import { defined } from '../../domain/defined.ts'
import { Failure } from '../../domain/failure.ts'
import type { KubeLaunch } from '../../domain/kubernetes.ts'
import { filesJar, runnerJar } from '../helper-jars.ts'
import { claimNamespace } from './claim.ts'
import { KubeError, type KubeObject } from './client/api.ts'
import type { KubeContext } from './context.ts'
import { filePlan, type Locations } from './file-plan.ts'
import { operatorVersion } from './images.ts'
import { renderManifest } from './manifest.ts'
import { clusterLabels, clusterName, FIELD_MANAGER, type FlinkDeployment, LABELS, paths } from './objects.ts'
import { allowedVersions } from './versions.ts'

/** What is kept of a launch: see KubeLaunch.manifest. */
export interface KeptManifest {
  deployment: Record<string, unknown>
  /** What the init container fetches; it may hold credentials, and so goes by Secret. */
  plan?: string
  /** The Secret brings the runner. */
  runner?: true
}

export const keptManifest = (launch: KubeLaunch): KeptManifest => JSON.parse(launch.manifest) as KeptManifest

/** Whether something of it comes to its pods by a Secret of its name. */
export const hasSecret = ({ plan, runner }: KeptManifest): boolean => plan !== undefined || runner === true

/** Whether Flink's own high availability is on in what was applied. */
export function recoversItself({ deployment }: KeptManifest): boolean {
  const { flinkConfiguration = {} } = deployment['spec'] as { flinkConfiguration?: Record<string, string> }
  // The new name of the option wins over the old one, which Flink reads still; a class is what was written before there
  // was a word.
  const mode = flinkConfiguration['high-availability.type'] ?? flinkConfiguration['high-availability'] ?? ''
  return /^(kubernetes|org\.apache\.flink\.kubernetes\.highavailability\.KubernetesHaServicesFactory)$/i.test(mode)
}

/** Throws Failure or the Kubernetes client's errors. */
export async function launchCluster(
  context: KubeContext,
  cluster: ClusterRef,
  spec: EffectiveClusterSpec,
): Promise<void> {
  const { api, target, ledger } = context
  await claimNamespace(
    api,
    { installation: context.installation, workspace: context.workspace, namespace: target.namespace },
    context.clock,
  )
  const launch = (await ledger.get(cluster)) ?? (await ledger.begin(await rendered(context, cluster, spec)))
  // It was there before: should it be gone, that is its end, and not for us to undo.
  if (launch.uid !== undefined) return
  const kept = keptManifest(launch)
  const { deployment } = kept
  const path = paths.deployment(target.namespace, launch.name)
  const there = await api.find<FlinkDeployment>(path)
  if (there) mustBeOurs(context, 'FlinkDeployment', there)
  if (hasSecret(kept)) await applyFiles(context, cluster, kept)
  // By force only over what is ours: what somebody else makes of that name in this very moment is a conflict, and stays
  // theirs.
  const applied = await api.apply<FlinkDeployment>(path, deployment, {
    fieldManager: FIELD_MANAGER,
    force: there !== undefined,
  })
  await ledger.update(cluster, { uid: applied.metadata.uid ?? '' })
}

async function rendered(context: KubeContext, cluster: ClusterRef, spec: EffectiveClusterSpec): Promise<KubeLaunch> {
  const { target, installation, images, clock } = context
  await mustBeSupported(context, spec)
  const plan = filePlan(spec, await locations(context, spec), {
    allowAddresses: context.allowAddresses,
    maxBytes: context.maxFileBytes,
  })
  const runner = spec.runner === true && (await hasRunner(context))
  const deployment = renderManifest({
    cluster,
    spec,
    installation,
    namespace: target.namespace,
    serviceAccount: target.serviceAccount,
    image: images[spec.runtime],
    files: plan !== undefined,
    runner,
  })
  const kept: KeptManifest = { deployment, ...defined({ plan, runner: runner || undefined }) }
  return {
    ...cluster,
    namespace: target.namespace,
    name: clusterName(cluster),
    manifest: JSON.stringify(kept),
    reached: false,
    createdAt: isoTime(clock.now()),
  }
}

/** Without it Flink calls main() itself, with the limits that this has: no reason not to launch. */
async function hasRunner({ log }: KubeContext): Promise<boolean> {
  try {
    await runnerJar()
    return true
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    log.warn(
      { code: error.code },
      `main() of jobs is called by Flink itself, since the runner is missing: ${error.message}`,
    )
    return false
  }
}

const LOCATE_MS = 20_000

/** Found once for each launch: pods that come later fetch the same files. */
async function locations(
  { artifacts, workspace }: KubeContext,
  { jars, plugins }: EffectiveClusterSpec,
): Promise<Locations> {
  const uris = new Set([...jars, ...plugins.flatMap((plugin) => plugin.jars)])
  const signal = AbortSignal.timeout(LOCATE_MS)
  try {
    return new Map(
      await Promise.all(
        [...uris].map(async (uri) => [uri, await artifacts.locate(uri, { workspace, signal })] as const),
      ),
    )
  } catch (error) {
    if (!signal.aborted) throw error
    const why = `A Maven repository did not say within ${LOCATE_MS / 1000} s where a jar is; it is tried again`
    throw new Failure('FILE_UNAVAILABLE', why, { cause: error, retryable: true })
  }
}

async function mustBeSupported({ api }: KubeContext, { runtime }: EffectiveClusterSpec): Promise<void> {
  const allowed = await allowedVersions(api)
  if (allowed === undefined || allowed.includes(operatorVersion(runtime))) return
  throw new Failure(
    'INVALID_SPEC',
    `the Flink operator in this cluster does not know ${runtime}: it runs ${allowed.join(', ')}. ` +
      'Choose one of those, or install a newer version of the operator',
  )
}

/** A name that is taken by something else is not touched. */
function mustBeOurs({ installation }: KubeContext, kind: string, { metadata }: KubeObject): void {
  if (metadata.labels?.[LABELS.installation] === installation) return
  throw new Failure(
    'NAMESPACE_CLAIMED',
    `there is a ${kind} ${metadata.name} in the namespace ${metadata.namespace ?? ''} already that is ` +
      "not this installation's. It is left alone: delete it, or give the workspace another namespace",
  )
}

async function applyFiles(context: KubeContext, cluster: ClusterRef, { plan, runner }: KeptManifest): Promise<void> {
  const name = clusterName(cluster)
  const path = paths.secret(context.target.namespace, name)
  const there = await context.api.find<KubeObject>(path)
  if (there) mustBeOurs(context, 'Secret', there)
  const data = {
    ...(plan !== undefined && {
      plan: Buffer.from(plan).toString('base64'),
      'files.jar': await readFile(await filesJar(), 'base64'),
    }),
    ...(runner && { 'runner.jar': await readFile(await runnerJar(), 'base64') }),
  }
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name, namespace: context.target.namespace, labels: clusterLabels(context.installation, cluster) },
    data,
  }
  await context.api.apply(path, secret, { fieldManager: FIELD_MANAGER, force: true })
}

/**
 * The files go with their cluster, whoever deletes that. No part of the launch, which it must not fail: it is seen to
 * for as long as the cluster is observed. Throws the Kubernetes client's errors.
 */
export async function ownFiles({ api, target }: KubeContext, { metadata }: FlinkDeployment): Promise<void> {
  const { name, uid } = metadata
  const reference = { apiVersion: 'flink.apache.org/v1beta1', kind: 'FlinkDeployment', name, uid }
  try {
    await api.merge(paths.secret(target.namespace, name), { metadata: { ownerReferences: [reference] } })
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'NotFound') throw error
  }
}
