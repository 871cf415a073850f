/**
 * The claim of a namespace: a ConfigMap that names the installation. Of two servers that are given the same namespace
 * the first has it, so that neither takes the other's clusters for its own; a restored copy of a data folder finds it
 * taken.
 */
import { type Clock, isoTime } from '../../domain/clock.ts'
import { Failure } from '../../domain/failure.ts'
import { type KubeApi, KubeError, type KubeObject } from './client/api.ts'
import { LABELS, paths } from './objects.ts'

export const CLAIM_NAME = 'weir-claim'

interface Claim extends KubeObject {
  data?: { installation?: string; workspace?: string; since?: string }
}

export interface NamespaceClaim {
  installation: string
  workspace: string
  namespace: string
}

/** Who has the namespace; undefined: nobody. */
export async function claimant(
  api: KubeApi,
  namespace: string,
): Promise<{ installation: string; workspace: string; since: string; uid: string } | undefined> {
  const claim = await api.find<Claim>(paths.configMap(namespace, CLAIM_NAME))
  if (!claim) return undefined
  const { installation = 'unknown', workspace = 'unknown', since = 'unknown' } = claim.data ?? {}
  return { installation, workspace, since, uid: claim.metadata.uid ?? '' }
}

/** Throws Failure NAMESPACE_CLAIMED when another installation, or another workspace of this one, has it. */
export async function claimNamespace(api: KubeApi, claim: NamespaceClaim, clock: Clock): Promise<void> {
  const { installation, workspace, namespace } = claim
  const before = await claimant(api, namespace)
  if (before) return mustBeOurs(before, claim)
  try {
    await api.create(paths.configMaps(namespace), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CLAIM_NAME, namespace, labels: { [LABELS.installation]: installation } },
      data: { installation, workspace, since: isoTime(clock.now()) },
    })
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error
    // Somebody was quicker; should that claim be gone again, it is this one's turn.
    await claimNamespace(api, claim, clock)
  }
}

/** Lets go of a namespace that is ours; what is another's stays. */
export async function releaseNamespace(api: KubeApi, claim: NamespaceClaim): Promise<void> {
  const holder = await claimant(api, claim.namespace)
  if (!holder || claimProblem(holder, claim) !== undefined) return
  await api.delete(paths.configMap(claim.namespace, CLAIM_NAME), { uid: holder.uid })
}

function mustBeOurs(holder: { installation: string; workspace: string; since: string }, claim: NamespaceClaim): void {
  const problem = claimProblem(holder, claim)
  if (problem !== undefined) throw new Failure('NAMESPACE_CLAIMED', problem)
}

export function claimProblem(
  holder: { installation: string; workspace: string; since: string },
  claim: NamespaceClaim,
): string | undefined {
  const { namespace } = claim
  if (holder.installation !== claim.installation) {
    return (
      `the namespace ${namespace} belongs to another Weir installation ` +
      `(${holder.installation}, since ${holder.since}). Give this workspace ` +
      `another namespace; if that installation is gone for good: kubectl delete configmap ${CLAIM_NAME} -n ${namespace}`
    )
  }
  if (holder.workspace !== claim.workspace) {
    return (
      `the namespace ${namespace} belongs to the workspace ${holder.workspace} of this installation. Give ` +
      `this workspace another namespace`
    )
  }
  return undefined
}
