/** Every error that the API answers: one flat table, which a test holds against the contract and the docs. */

import type { Violation } from '../domain/configuration.ts'

interface ErrorEntry {
  status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 412 | 413 | 415 | 417 | 421 | 422 | 429 | 431 | 500 | 503 | 507
  title: string
  /** What the reference tells people to do. */
  remedy: string
  /** The same request can go well later without anybody changing anything. */
  retryable: boolean
}

type Row = readonly [ErrorEntry['status'], title: string, remedy: string, retryable?: 'RETRYABLE']

const ROWS = {
  BAD_REQUEST: [400, 'The request is not readable as HTTP', 'Look at the URL, the headers and how the body is framed.'],
  MALFORMED_JSON: [
    400,
    'The body is not readable as JSON',
    'Send one JSON document in UTF-8; the message says where reading it stopped.',
  ],
  INVALID_REQUEST: [
    400,
    'The request does not have the shape that the contract asks for',
    'Every violation is listed in `details`, with the path of the value. Correct them all and send it again.',
  ],
  UNAUTHENTICATED: [
    401,
    'There are no valid credentials',
    'Send `Authorization: Bearer KEY`. The key of the first start is in `admin.key` in the data folder of the ' +
      'server.',
  ],
  FORBIDDEN: [
    403,
    'The caller may not do this',
    'Use a key whose account has the permission that the message names. Root keys serve the administration only.',
  ],
  NOT_FOUND: [
    404,
    'The resource, or one that it depends on, does not exist',
    'Look at the ID and the workspace. What the caller may not see gets the same answer.',
  ],
  ROUTE_NOT_FOUND: [
    404,
    'There is no such operation',
    'Look at the method and the path; the contract at `/docs` lists them all.',
  ],
  METHOD_NOT_ALLOWED: [
    405,
    'The path does not take this method',
    'Use one of the methods in the header `Allow`; the contract at `/docs` says what each does.',
  ],
  REQUEST_TIMEOUT: [408, 'The request did not arrive in time', 'Send it again, over a faster connection.', 'RETRYABLE'],
  NAME_TAKEN: [
    409,
    'A resource beside it has this name',
    'Choose another name, or use the resource whose ID the message tells. A name is free again when the ' +
      'resource is gone.',
  ],
  IDEMPOTENCY_KEY_REUSED: [
    409,
    'The Idempotency-Key came with another body before',
    'Use a new key for a new request; repeat a key only with the same body.',
  ],
  IDEMPOTENCY_RESOURCE_GONE: [
    409,
    'What was created with this Idempotency-Key has been deleted since',
    'Use a new key if it is to be created anew.',
  ],
  BEING_DELETED: [409, 'The resource is being deleted', 'Wait until it is gone (404), then create it anew.'],
  SESSION_HAS_JOBS: [
    409,
    'The session still has jobs',
    'Delete the jobs that the message names first, or add `?cascade=true`.',
  ],
  NAMESPACE_TAKEN: [
    409,
    'The namespace belongs to another workspace',
    'Use the workspace that the message names, or another namespace: two workspaces in one would take each ' +
      "other's clusters for theirs.",
  ],
  WORKSPACE_HAS_SESSIONS: [
    409,
    'The workspace still has sessions',
    'Delete the sessions that the message names first.',
  ],
  CLUSTER_HAS_WORKSPACES: [
    409,
    'The cluster still has workspaces',
    'Delete the workspaces that the message names first, and wait until they are gone: what is left of them is ' +
      'removed by way of the cluster.',
  ],
  ARTIFACT_IN_USE: [
    409,
    'The uploaded file is in use',
    'Delete the sessions and jobs that the message names first, and wait until they are gone: they are started ' +
      'anew from this file.',
  ],
  REVISION_STALE: [
    412,
    'The resource has changed since',
    'Read it again and decide anew; then send the revision of what you read as `If-Match`.',
  ],
  BODY_TOO_LARGE: [413, 'The body is too large', 'Send less; the message tells the limit.'],
  UNSUPPORTED_MEDIA_TYPE: [
    415,
    'The body comes in a form that is not read here',
    'Send the body as `Content-Type: application/json` in UTF-8, a file as `application/java-archive` or ' +
      '`application/octet-stream`, and neither with a `Content-Encoding`. The headers `Accept` and `Accept-Encoding` of ' +
      'the answer say what is taken.',
  ],
  EXPECTATION_FAILED: [
    417,
    'The expectation of the request cannot be met',
    'Leave the header `Expect` out, or send `100-continue`.',
  ],
  CANNOT_BE_CARRIED_OUT: [
    422,
    'The request is well formed but cannot be carried out',
    'Every reason is listed in `details`, with the path of the value.',
  ],
  HEADERS_TOO_LARGE: [
    431,
    'The URL and the headers are too large together',
    'Send a shorter URL, or fewer or shorter headers.',
  ],
  HOST_NOT_ALLOWED: [
    421,
    'The server is not called by that name',
    'Ask for it by an address, as `localhost`, or by a name that it was started with (`--allowed-host`). Pages of ' +
      'others, whose names lead to this server for a moment, are told the same.',
  ],
  TOO_MANY_UNANSWERED: [
    429,
    'Too many requests came on one connection before their answers were fetched',
    'Fetch each answer before asking on, or use several connections.',
    'RETRYABLE',
  ],
  INTERNAL: [
    500,
    'The server failed; this is a defect of it',
    'Look for the `requestId` in the log of the server, and report it with what stands there.',
    'RETRYABLE',
  ],
  RECORD_UNREADABLE: [
    500,
    'The record in the store is damaged',
    'What stands in the store of the resource that the message names is no JSON, or none of its shape. Restore it from a ' +
      'backup of the store; or delete it with `?force=true`, which ends what it runs (a Kubernetes cluster: give it a new ' +
      '`kubeClusterConfig`, or delete it). All else goes on.',
  ],
  STORE_UNAVAILABLE: [
    503,
    'The store does not answer',
    'Try again in a moment. If it stays, look at `/readyz` and at the log of the server.',
    'RETRYABLE',
  ],
  STORE_FULL: [
    507,
    'The disk of the store is full',
    'Make room on the disk that holds the data folder or the database, then try again. Deletions are taken all the ' +
      'same.',
    'RETRYABLE',
  ],
  STORE_READ_ONLY: [
    503,
    'The store takes no writes at the moment',
    'Reading goes on. The database is a standby, or its disk is mounted read-only: try again when that is over.',
    'RETRYABLE',
  ],
  STORE_DAMAGED: [
    503,
    'The database of the store is damaged',
    'Stop the server and restore the database from a backup; the log of the server has what the database said.',
  ],
  STORE_OUTCOME_UNKNOWN: [
    503,
    'The store was lost while it wrote: whether it did is not known',
    'Send the same request with the same `Idempotency-Key` again: what was done is not done twice. Without a key, ' +
      'look first (the list, or the revision) whether it was done.',
    'RETRYABLE',
  ],
  SERVER_STOPPING: [
    503,
    'The server stops',
    'Send the file again when the server is back; nothing of it was kept.',
    'RETRYABLE',
  ],
  SECRETS_UNREADABLE: [
    503,
    'The key that encrypts the credentials of clusters is missing or another',
    'Put the file that the message names back (`secrets.key` in the data folder), or give each cluster new ' +
      'credentials: `weir cluster update CLUSTER --kubeconfig FILE`.',
  ],
} satisfies Record<string, Row>

export type ErrorCode = keyof typeof ROWS

export const ERRORS = Object.fromEntries(
  Object.entries<Row>(ROWS).map(([code, [status, title, remedy, retryable]]) => [
    code,
    { status, title, remedy, retryable: retryable !== undefined },
  ]),
) as Record<ErrorCode, ErrorEntry>

/** Longer lists of violations are cut: a body can hold thousands, and nobody reads them. */
export const MOST_DETAILS = 100

/** Says of how many violations only the first are told. */
export const more = (all: number, path = ''): Violation => ({
  path,
  message: `there are ${all - MOST_DETAILS} more violations; these are the first ${MOST_DETAILS}`,
})

/**
 * An error that is answered as it stands. A violation's `path` is a JSON pointer into the body, or names the target
 * (`query/limit`, `header/if-match`). `message` and `details` are for the caller and hold no secrets.
 */
export class ApiError extends Error {
  readonly code: ErrorCode
  readonly details: Violation[]

  constructor(code: ErrorCode, message: string, details: Violation[] = []) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    const isCut = details.length > MOST_DETAILS + 1
    this.details = isCut ? [...details.slice(0, MOST_DETAILS), more(details.length)] : details
  }
}

export interface ErrorBody {
  message: string
  code: ErrorCode
  details: Violation[]
  requestId: string
}

/** Where the reference explains a code. */
export const docsAnchor = (code: ErrorCode): string => `docs/reference/errors.md#${code.toLowerCase()}`
