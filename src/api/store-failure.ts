/** Tells a store that cannot answer from a defect of ours: what its codes are to callers. */

import type { StoreErrorCode } from '../store/errors.ts'
import { storeCodeOf } from '../store/errors.ts'
import type { ErrorCode } from './errors.ts'

type StoreFailure = Extract<ErrorCode, `STORE_${string}` | 'SECRETS_UNREADABLE'>

const ANSWERS: Partial<Record<StoreErrorCode, StoreFailure>> = {
  DISK_FULL: 'STORE_FULL',
  READ_ONLY: 'STORE_READ_ONLY',
  DAMAGED: 'STORE_DAMAGED',
  OUTCOME_UNKNOWN: 'STORE_OUTCOME_UNKNOWN',
  SECRETS_UNREADABLE: 'SECRETS_UNREADABLE',
}

/** Undefined: the store is not to blame. Drivers wrap errors, so the causes count, too. */
export function storeFailure(thrown: unknown): StoreFailure | undefined {
  const code = storeCodeOf(thrown)
  return code && (ANSWERS[code] ?? 'STORE_UNAVAILABLE')
}
