// Generated from openapi.json by `npm run generate`; changes here are lost.
// @ts-nocheck

import { client } from './client.gen.ts';
import type { Client, ClientMeta, Options as Options2, RequestResult, TDataShape } from './client/index.ts';
import type { CheckClusterData, CheckClusterErrors, CheckClusterResponses, CheckWorkspaceData, CheckWorkspaceErrors, CheckWorkspaceResponses, CreateClusterData, CreateClusterErrors, CreateClusterResponses, CreateFlinkSessionData, CreateFlinkSessionErrors, CreateFlinkSessionJobData, CreateFlinkSessionJobErrors, CreateFlinkSessionJobResponses, CreateFlinkSessionResponses, CreateWorkspaceData, CreateWorkspaceErrors, CreateWorkspaceResponses, DeleteArtifactData, DeleteArtifactErrors, DeleteArtifactResponses, DeleteClusterData, DeleteClusterErrors, DeleteClusterResponses, DeleteFlinkSessionData, DeleteFlinkSessionErrors, DeleteFlinkSessionJobData, DeleteFlinkSessionJobErrors, DeleteFlinkSessionJobResponses, DeleteFlinkSessionResponses, DeleteWorkspaceData, DeleteWorkspaceErrors, DeleteWorkspaceResponses, DescribeArtifactData, DescribeArtifactErrors, DescribeArtifactResponses, DescribeClusterData, DescribeClusterErrors, DescribeClusterResponses, DescribeFlinkSessionData, DescribeFlinkSessionErrors, DescribeFlinkSessionJobData, DescribeFlinkSessionJobErrors, DescribeFlinkSessionJobResponses, DescribeFlinkSessionResponses, DescribeWorkspaceData, DescribeWorkspaceErrors, DescribeWorkspaceResponses, DownloadArtifactData, DownloadArtifactErrors, DownloadArtifactResponses, GetCurrentIdentityData, GetCurrentIdentityErrors, GetCurrentIdentityResponses, GetFlinkSessionJobLogsData, GetFlinkSessionJobLogsErrors, GetFlinkSessionJobLogsResponses, GetFlinkSessionLogsData, GetFlinkSessionLogsErrors, GetFlinkSessionLogsResponses, ListArtifactsData, ListArtifactsErrors, ListArtifactsResponses, ListClustersData, ListClustersErrors, ListClustersResponses, ListFlinkRuntimesData, ListFlinkRuntimesErrors, ListFlinkRuntimesResponses, ListFlinkSessionEventsData, ListFlinkSessionEventsErrors, ListFlinkSessionEventsResponses, ListFlinkSessionJobEventsData, ListFlinkSessionJobEventsErrors, ListFlinkSessionJobEventsResponses, ListFlinkSessionJobsData, ListFlinkSessionJobsErrors, ListFlinkSessionJobsResponses, ListFlinkSessionsData, ListFlinkSessionsErrors, ListFlinkSessionsResponses, ListRootKeysData, ListRootKeysErrors, ListRootKeysResponses, ListServiceAccountKeysData, ListServiceAccountKeysErrors, ListServiceAccountKeysResponses, ListWorkspacesData, ListWorkspacesErrors, ListWorkspacesResponses, RevokeRootKeyData, RevokeRootKeyErrors, RevokeRootKeyResponses, RevokeServiceAccountKeyData, RevokeServiceAccountKeyErrors, RevokeServiceAccountKeyResponses, UpdateClusterData, UpdateClusterErrors, UpdateClusterResponses, UpdateFlinkSessionData, UpdateFlinkSessionErrors, UpdateFlinkSessionJobData, UpdateFlinkSessionJobErrors, UpdateFlinkSessionJobResponses, UpdateFlinkSessionResponses, UpdateWorkspaceData, UpdateWorkspaceErrors, UpdateWorkspaceResponses, UploadArtifactData, UploadArtifactErrors, UploadArtifactResponses } from './types.gen.ts';

export type Options<TData extends TDataShape = TDataShape, ThrowOnError extends boolean = boolean, TResponse = unknown> = Options2<TData, ThrowOnError, TResponse> & {
    /**
     * You can provide a client instance returned by `createClient()` instead of
     * individual options. This might be also useful if you want to implement a
     * custom client.
     */
    client?: Client;
    /**
     * You can pass arbitrary values through the `meta` object. This can be
     * used to access values that aren't defined as part of the SDK function.
     */
    meta?: keyof ClientMeta extends never ? Record<string, unknown> : ClientMeta;
};

/**
 * List the keys of the administration of the server
 */
export const listRootKeys = <ThrowOnError extends boolean = false>(options?: Options<ListRootKeysData, ThrowOnError>): RequestResult<ListRootKeysResponses, ListRootKeysErrors, ThrowOnError> => (options?.client ?? client).get<ListRootKeysResponses, ListRootKeysErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/admin/v1/keys',
    ...options
});

/**
 * Revoke a key of the administration of the server
 */
export const revokeRootKey = <ThrowOnError extends boolean = false>(options: Options<RevokeRootKeyData, ThrowOnError>): RequestResult<RevokeRootKeyResponses, RevokeRootKeyErrors, ThrowOnError> => (options.client ?? client).delete<RevokeRootKeyResponses, RevokeRootKeyErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/admin/v1/keys/{key}',
    ...options
});

/**
 * List uploaded files
 */
export const listArtifacts = <ThrowOnError extends boolean = false>(options: Options<ListArtifactsData, ThrowOnError>): RequestResult<ListArtifactsResponses, ListArtifactsErrors, ThrowOnError> => (options.client ?? client).get<ListArtifactsResponses, ListArtifactsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/artifacts',
    ...options
});

/**
 * Upload a jar
 *
 * The body is the file itself. What has the content of the newest version of that name is no new version. Where the body breaks off nothing is kept; send it again from its beginning.
 */
export const uploadArtifact = <ThrowOnError extends boolean = false>(options: Options<UploadArtifactData, ThrowOnError>): RequestResult<UploadArtifactResponses, UploadArtifactErrors, ThrowOnError> => (options.client ?? client).post<UploadArtifactResponses, UploadArtifactErrors, ThrowOnError>({
    bodySerializer: null,
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/artifacts',
    ...options,
    headers: {
        'Content-Type': 'application/java-archive',
        ...options.headers
    }
});

/**
 * Delete one version of an uploaded file
 */
export const deleteArtifact = <ThrowOnError extends boolean = false>(options: Options<DeleteArtifactData, ThrowOnError>): RequestResult<DeleteArtifactResponses, DeleteArtifactErrors, ThrowOnError> => (options.client ?? client).delete<DeleteArtifactResponses, DeleteArtifactErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/artifacts/{artifact}',
    ...options
});

/**
 * Describe one version of an uploaded file
 */
export const describeArtifact = <ThrowOnError extends boolean = false>(options: Options<DescribeArtifactData, ThrowOnError>): RequestResult<DescribeArtifactResponses, DescribeArtifactErrors, ThrowOnError> => (options.client ?? client).get<DescribeArtifactResponses, DescribeArtifactErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/artifacts/{artifact}',
    ...options
});

/**
 * Download one version of an uploaded file
 */
export const downloadArtifact = <ThrowOnError extends boolean = false>(options: Options<DownloadArtifactData, ThrowOnError>): RequestResult<DownloadArtifactResponses, DownloadArtifactErrors, ThrowOnError> => (options.client ?? client).get<DownloadArtifactResponses, DownloadArtifactErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/artifacts/{artifact}/content',
    ...options
});

/**
 * List the versions of Flink
 */
export const listFlinkRuntimes = <ThrowOnError extends boolean = false>(options: Options<ListFlinkRuntimesData, ThrowOnError>): RequestResult<ListFlinkRuntimesResponses, ListFlinkRuntimesErrors, ThrowOnError> => (options.client ?? client).get<ListFlinkRuntimesResponses, ListFlinkRuntimesErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/runtimes',
    ...options
});

/**
 * List sessions
 */
export const listFlinkSessions = <ThrowOnError extends boolean = false>(options: Options<ListFlinkSessionsData, ThrowOnError>): RequestResult<ListFlinkSessionsResponses, ListFlinkSessionsErrors, ThrowOnError> => (options.client ?? client).get<ListFlinkSessionsResponses, ListFlinkSessionsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions',
    ...options
});

/**
 * Create a session
 */
export const createFlinkSession = <ThrowOnError extends boolean = false>(options: Options<CreateFlinkSessionData, ThrowOnError>): RequestResult<CreateFlinkSessionResponses, CreateFlinkSessionErrors, ThrowOnError> => (options.client ?? client).post<CreateFlinkSessionResponses, CreateFlinkSessionErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Delete a session
 */
export const deleteFlinkSession = <ThrowOnError extends boolean = false>(options: Options<DeleteFlinkSessionData, ThrowOnError>): RequestResult<DeleteFlinkSessionResponses, DeleteFlinkSessionErrors, ThrowOnError> => (options.client ?? client).delete<DeleteFlinkSessionResponses, DeleteFlinkSessionErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}',
    ...options
});

/**
 * Describe a session
 */
export const describeFlinkSession = <ThrowOnError extends boolean = false>(options: Options<DescribeFlinkSessionData, ThrowOnError>): RequestResult<DescribeFlinkSessionResponses, DescribeFlinkSessionErrors, ThrowOnError> => (options.client ?? client).get<DescribeFlinkSessionResponses, DescribeFlinkSessionErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}',
    ...options
});

/**
 * Rename a session
 */
export const updateFlinkSession = <ThrowOnError extends boolean = false>(options: Options<UpdateFlinkSessionData, ThrowOnError>): RequestResult<UpdateFlinkSessionResponses, UpdateFlinkSessionErrors, ThrowOnError> => (options.client ?? client).patch<UpdateFlinkSessionResponses, UpdateFlinkSessionErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Tell what happened to a session
 */
export const listFlinkSessionEvents = <ThrowOnError extends boolean = false>(options: Options<ListFlinkSessionEventsData, ThrowOnError>): RequestResult<ListFlinkSessionEventsResponses, ListFlinkSessionEventsErrors, ThrowOnError> => (options.client ?? client).get<ListFlinkSessionEventsResponses, ListFlinkSessionEventsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/events',
    ...options
});

/**
 * List the jobs of a session
 */
export const listFlinkSessionJobs = <ThrowOnError extends boolean = false>(options: Options<ListFlinkSessionJobsData, ThrowOnError>): RequestResult<ListFlinkSessionJobsResponses, ListFlinkSessionJobsErrors, ThrowOnError> => (options.client ?? client).get<ListFlinkSessionJobsResponses, ListFlinkSessionJobsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs',
    ...options
});

/**
 * Submit a job to a session
 */
export const createFlinkSessionJob = <ThrowOnError extends boolean = false>(options: Options<CreateFlinkSessionJobData, ThrowOnError>): RequestResult<CreateFlinkSessionJobResponses, CreateFlinkSessionJobErrors, ThrowOnError> => (options.client ?? client).post<CreateFlinkSessionJobResponses, CreateFlinkSessionJobErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Cancel and delete a session job
 */
export const deleteFlinkSessionJob = <ThrowOnError extends boolean = false>(options: Options<DeleteFlinkSessionJobData, ThrowOnError>): RequestResult<DeleteFlinkSessionJobResponses, DeleteFlinkSessionJobErrors, ThrowOnError> => (options.client ?? client).delete<DeleteFlinkSessionJobResponses, DeleteFlinkSessionJobErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs/{job}',
    ...options
});

/**
 * Describe a session job
 */
export const describeFlinkSessionJob = <ThrowOnError extends boolean = false>(options: Options<DescribeFlinkSessionJobData, ThrowOnError>): RequestResult<DescribeFlinkSessionJobResponses, DescribeFlinkSessionJobErrors, ThrowOnError> => (options.client ?? client).get<DescribeFlinkSessionJobResponses, DescribeFlinkSessionJobErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs/{job}',
    ...options
});

/**
 * Rename a session job
 */
export const updateFlinkSessionJob = <ThrowOnError extends boolean = false>(options: Options<UpdateFlinkSessionJobData, ThrowOnError>): RequestResult<UpdateFlinkSessionJobResponses, UpdateFlinkSessionJobErrors, ThrowOnError> => (options.client ?? client).patch<UpdateFlinkSessionJobResponses, UpdateFlinkSessionJobErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs/{job}',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Tell what happened to a session job
 */
export const listFlinkSessionJobEvents = <ThrowOnError extends boolean = false>(options: Options<ListFlinkSessionJobEventsData, ThrowOnError>): RequestResult<ListFlinkSessionJobEventsResponses, ListFlinkSessionJobEventsErrors, ThrowOnError> => (options.client ?? client).get<ListFlinkSessionJobEventsResponses, ListFlinkSessionJobEventsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs/{job}/events',
    ...options
});

/**
 * Read the logs of the processes that a session job runs in
 *
 * A job has no processes of its own: these are the logs of its session.
 */
export const getFlinkSessionJobLogs = <ThrowOnError extends boolean = false>(options: Options<GetFlinkSessionJobLogsData, ThrowOnError>): RequestResult<GetFlinkSessionJobLogsResponses, GetFlinkSessionJobLogsErrors, ThrowOnError> => (options.client ?? client).get<GetFlinkSessionJobLogsResponses, GetFlinkSessionJobLogsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs/{job}/logs',
    ...options
});

/**
 * Read the logs of a session
 */
export const getFlinkSessionLogs = <ThrowOnError extends boolean = false>(options: Options<GetFlinkSessionLogsData, ThrowOnError>): RequestResult<GetFlinkSessionLogsResponses, GetFlinkSessionLogsErrors, ThrowOnError> => (options.client ?? client).get<GetFlinkSessionLogsResponses, GetFlinkSessionLogsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/logs',
    ...options
});

/**
 * List Kubernetes clusters
 */
export const listClusters = <ThrowOnError extends boolean = false>(options?: Options<ListClustersData, ThrowOnError>): RequestResult<ListClustersResponses, ListClustersErrors, ThrowOnError> => (options?.client ?? client).get<ListClustersResponses, ListClustersErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/clusters',
    ...options
});

/**
 * Make a Kubernetes cluster known
 */
export const createCluster = <ThrowOnError extends boolean = false>(options: Options<CreateClusterData, ThrowOnError>): RequestResult<CreateClusterResponses, CreateClusterErrors, ThrowOnError> => (options.client ?? client).post<CreateClusterResponses, CreateClusterErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/clusters',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Forget a Kubernetes cluster
 */
export const deleteCluster = <ThrowOnError extends boolean = false>(options: Options<DeleteClusterData, ThrowOnError>): RequestResult<DeleteClusterResponses, DeleteClusterErrors, ThrowOnError> => (options.client ?? client).delete<DeleteClusterResponses, DeleteClusterErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/clusters/{cluster}',
    ...options
});

/**
 * Describe a Kubernetes cluster
 */
export const describeCluster = <ThrowOnError extends boolean = false>(options: Options<DescribeClusterData, ThrowOnError>): RequestResult<DescribeClusterResponses, DescribeClusterErrors, ThrowOnError> => (options.client ?? client).get<DescribeClusterResponses, DescribeClusterErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/clusters/{cluster}',
    ...options
});

/**
 * Rename a Kubernetes cluster or renew how it is reached
 */
export const updateCluster = <ThrowOnError extends boolean = false>(options: Options<UpdateClusterData, ThrowOnError>): RequestResult<UpdateClusterResponses, UpdateClusterErrors, ThrowOnError> => (options.client ?? client).patch<UpdateClusterResponses, UpdateClusterErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/clusters/{cluster}',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Ask for a fresh look at a Kubernetes cluster
 */
export const checkCluster = <ThrowOnError extends boolean = false>(options: Options<CheckClusterData, ThrowOnError>): RequestResult<CheckClusterResponses, CheckClusterErrors, ThrowOnError> => (options.client ?? client).post<CheckClusterResponses, CheckClusterErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/clusters/{cluster}/checks',
    ...options
});

/**
 * Tell who is calling
 */
export const getCurrentIdentity = <ThrowOnError extends boolean = false>(options?: Options<GetCurrentIdentityData, ThrowOnError>): RequestResult<GetCurrentIdentityResponses, GetCurrentIdentityErrors, ThrowOnError> => (options?.client ?? client).get<GetCurrentIdentityResponses, GetCurrentIdentityErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/me',
    ...options
});

/**
 * List the keys of a service account
 */
export const listServiceAccountKeys = <ThrowOnError extends boolean = false>(options: Options<ListServiceAccountKeysData, ThrowOnError>): RequestResult<ListServiceAccountKeysResponses, ListServiceAccountKeysErrors, ThrowOnError> => (options.client ?? client).get<ListServiceAccountKeysResponses, ListServiceAccountKeysErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/service-accounts/{serviceAccount}/keys',
    ...options
});

/**
 * Revoke a key of a service account
 */
export const revokeServiceAccountKey = <ThrowOnError extends boolean = false>(options: Options<RevokeServiceAccountKeyData, ThrowOnError>): RequestResult<RevokeServiceAccountKeyResponses, RevokeServiceAccountKeyErrors, ThrowOnError> => (options.client ?? client).delete<RevokeServiceAccountKeyResponses, RevokeServiceAccountKeyErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/service-accounts/{serviceAccount}/keys/{key}',
    ...options
});

/**
 * List workspaces
 */
export const listWorkspaces = <ThrowOnError extends boolean = false>(options?: Options<ListWorkspacesData, ThrowOnError>): RequestResult<ListWorkspacesResponses, ListWorkspacesErrors, ThrowOnError> => (options?.client ?? client).get<ListWorkspacesResponses, ListWorkspacesErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/workspaces',
    ...options
});

/**
 * Create a workspace
 */
export const createWorkspace = <ThrowOnError extends boolean = false>(options: Options<CreateWorkspaceData, ThrowOnError>): RequestResult<CreateWorkspaceResponses, CreateWorkspaceErrors, ThrowOnError> => (options.client ?? client).post<CreateWorkspaceResponses, CreateWorkspaceErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/workspaces',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Delete a workspace
 */
export const deleteWorkspace = <ThrowOnError extends boolean = false>(options: Options<DeleteWorkspaceData, ThrowOnError>): RequestResult<DeleteWorkspaceResponses, DeleteWorkspaceErrors, ThrowOnError> => (options.client ?? client).delete<DeleteWorkspaceResponses, DeleteWorkspaceErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/workspaces/{ws}',
    ...options
});

/**
 * Describe a workspace
 */
export const describeWorkspace = <ThrowOnError extends boolean = false>(options: Options<DescribeWorkspaceData, ThrowOnError>): RequestResult<DescribeWorkspaceResponses, DescribeWorkspaceErrors, ThrowOnError> => (options.client ?? client).get<DescribeWorkspaceResponses, DescribeWorkspaceErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/workspaces/{ws}',
    ...options
});

/**
 * Rename a workspace
 */
export const updateWorkspace = <ThrowOnError extends boolean = false>(options: Options<UpdateWorkspaceData, ThrowOnError>): RequestResult<UpdateWorkspaceResponses, UpdateWorkspaceErrors, ThrowOnError> => (options.client ?? client).patch<UpdateWorkspaceResponses, UpdateWorkspaceErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/workspaces/{ws}',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Ask for a fresh look at a workspace
 */
export const checkWorkspace = <ThrowOnError extends boolean = false>(options: Options<CheckWorkspaceData, ThrowOnError>): RequestResult<CheckWorkspaceResponses, CheckWorkspaceErrors, ThrowOnError> => (options.client ?? client).post<CheckWorkspaceResponses, CheckWorkspaceErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/api/org/v1/workspaces/{ws}/checks',
    ...options
});
