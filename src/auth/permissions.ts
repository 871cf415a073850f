/** What an identity may do. The only place that decides it: every route passes through `authorize`. */
import type { Identity } from './identity.ts'

export const PERMISSIONS = [
  'CanManageOrganization',
  'CanManageWorkspace',
  'CanManageServiceAccount',
  'CanEditFlinkResources',
  'CanViewFlinkResources',
] as const

/** `Authenticated`: any valid key will do, root keys too. `Root`: a root key. */
export type Permission = (typeof PERMISSIONS)[number] | 'Authenticated' | 'Root'

/** HIDDEN: the caller may not even know that it exists, and gets the answer for what does not. */
export type Decision = 'ALLOWED' | 'FORBIDDEN' | 'HIDDEN'

/**
 * Decides on one permission, in one workspace or (without one) in the caller's organization.
 * Root keys serve the administration of the server only. A service account holds every permission of its
 * organization; `HIDDEN` is what an account without any on that workspace will get.
 */
export function authorize(identity: Identity, permission: Permission, _workspace?: string): Decision {
  if (permission === 'Authenticated') return 'ALLOWED'
  return (identity.kind === 'root') === (permission === 'Root') ? 'ALLOWED' : 'FORBIDDEN'
}
