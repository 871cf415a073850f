/**
 * Every error that the API answers: one flat table. `retryable` says whether the same request can go well later
 * without anybody changing anything; `remedy` is what the reference tells people to do. A test holds the table
 * against the contract and the docs.
 */

import type { Violation } from '../domain/configuration.ts'

interface ErrorEntry {
  status: 400 | 401 | 403 | 404 | 408 | 409 | 412 | 413 | 415 | 422 | 431 | 500 | 503
  title: string
  remedy: string
  retryable: boolean
}

export const ERRORS = {
  BAD_REQUEST: {
    status: 400,
    retryable: false,
    title: 'The request is not readable as HTTP',
    remedy: 'Look at the URL, the headers and how the body is framed.',
  },
  MALFORMED_JSON: {
    status: 400,
    retryable: false,
    title: 'The body is not readable as JSON',
    remedy: 'Send one JSON document in UTF-8; the message says where reading it stopped.',
  },
  INVALID_REQUEST: {
    status: 400,
    retryable: false,
    title: 'The request does not have the shape that the contract asks for',
    remedy: 'Every violation is listed in `details`, with the path of the value. Correct them all and send it again.',
  },
  UNAUTHENTICATED: {
    status: 401,
    retryable: false,
    title: 'There are no valid credentials',
    remedy:
      'Send `Authorization: Bearer KEY`. The key of the first start is in `admin.key` in the data folder of the server.',
  },
  FORBIDDEN: {
    status: 403,
    retryable: false,
    title: 'The caller may not do this',
    remedy:
      'Use a key whose account has the permission that the message names. Root keys serve the administration only.',
  },
  NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'The resource, or one that it depends on, does not exist',
    remedy: 'Look at the ID and the workspace. What the caller may not see gets the same answer.',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    retryable: false,
    title: 'There is no such operation',
    remedy: 'Look at the method and the path; the contract at `/docs` lists them all.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    retryable: true,
    title: 'The request did not arrive in time',
    remedy: 'Send it again, over a faster connection.',
  },
  NAME_TAKEN: {
    status: 409,
    retryable: false,
    title: 'A resource beside it has this name',
    remedy:
      'Choose another name, or use the resource whose ID the message tells. A name is free again when the resource is gone.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    retryable: false,
    title: 'The Idempotency-Key came with another body before',
    remedy: 'Use a new key for a new request; repeat a key only with the same body.',
  },
  IDEMPOTENCY_RESOURCE_GONE: {
    status: 409,
    retryable: false,
    title: 'What was created with this Idempotency-Key has been deleted since',
    remedy: 'Use a new key if it is to be created anew.',
  },
  BEING_DELETED: {
    status: 409,
    retryable: false,
    title: 'The resource is being deleted',
    remedy: 'Wait until it is gone (404), then create it anew.',
  },
  SESSION_HAS_JOBS: {
    status: 409,
    retryable: false,
    title: 'The session still has jobs',
    remedy: 'Delete the jobs that the message names first, or add `?cascade=true`.',
  },
  NAMESPACE_TAKEN: {
    status: 409,
    retryable: false,
    title: 'The namespace belongs to another workspace',
    remedy:
      "Use the workspace that the message names, or another namespace: two workspaces in one would take each other's clusters for theirs.",
  },
  WORKSPACE_HAS_SESSIONS: {
    status: 409,
    retryable: false,
    title: 'The workspace still has sessions',
    remedy: 'Delete the sessions that the message names first.',
  },
  CLUSTER_HAS_WORKSPACES: {
    status: 409,
    retryable: false,
    title: 'The cluster still has workspaces',
    remedy:
      'Delete the workspaces that the message names first, and wait until they are gone: what is left of them is removed by way of the cluster.',
  },
  ARTIFACT_IN_USE: {
    status: 409,
    retryable: false,
    title: 'The uploaded file is in use',
    remedy:
      'Delete the sessions and jobs that the message names first, and wait until they are gone: they are started anew from this file.',
  },
  REVISION_STALE: {
    status: 412,
    retryable: false,
    title: 'The resource has changed since',
    remedy: 'Read it again and decide anew; then send the revision of what you read as `If-Match`.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    retryable: false,
    title: 'The body is too large',
    remedy: 'Send less; the message tells the limit.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    retryable: false,
    title: 'The body is of a media type that is not taken here',
    remedy:
      'Send the body as `Content-Type: application/json`, a file as `application/java-archive` or `application/octet-stream`.',
  },
  CANNOT_BE_CARRIED_OUT: {
    status: 422,
    retryable: false,
    title: 'The request is well formed but cannot be carried out',
    remedy: 'Every reason is listed in `details`, with the path of the value.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    retryable: false,
    title: 'The headers are too large',
    remedy: 'Send fewer or shorter headers.',
  },
  INTERNAL: {
    status: 500,
    retryable: true,
    title: 'The server failed; this is a defect of it',
    remedy: 'Look for the `requestId` in the log of the server, and report it with what stands there.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    title: 'The store does not answer',
    remedy: 'Try again in a moment. If it stays, look at `/readyz` and at the log of the server.',
  },
  STORE_FULL: {
    status: 503,
    retryable: true,
    title: 'The disk of the store is full',
    remedy: 'Make room on the disk that holds the data folder or the database, then try again.',
  },
  SERVER_STOPPING: {
    status: 503,
    retryable: true,
    title: 'The server stops',
    remedy: 'Send the file again when the server is back; nothing of it was kept.',
  },
  SECRETS_UNREADABLE: {
    status: 503,
    retryable: false,
    title: 'The key that encrypts the credentials of clusters is missing or another',
    remedy:
      'Put the file that the message names back (`secrets.key` in the data folder), or give each cluster new credentials: ' +
      '`weir cluster update CLUSTER --kubeconfig FILE`.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

/**
 * An error that is answered as it stands. A violation's `path` is a JSON pointer into the body, or names the target
 * (`query/limit`, `header/If-Match`). `message` and `details` are for the caller and hold no secrets.
 */
export class ApiError extends Error {
  readonly code: ErrorCode
  readonly details: Violation[]

  constructor(code: ErrorCode, message: string, details: Violation[] = []) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.details = details
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
