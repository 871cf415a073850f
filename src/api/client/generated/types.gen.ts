// Generated from openapi.json by `npm run generate`; changes here are lost.
// @ts-nocheck

export type ClientOptions = {
    baseUrl: `${string}://${string}` | (string & {});
};

/**
 * One version of an uploaded file. It never changes.
 */
export type Artifact = {
    id: ResourceId;
    name: string;
    /**
     * Counts from 1; that of a deleted version is not given again.
     */
    version: number;
    /**
     * What specs name it by: `artifact://NAME?version=N`.
     */
    uri: string;
    sizeBytes: number;
    /**
     * Of its content, in lower-case hexadecimal.
     */
    sha256: string;
    /**
     * The media type that it was sent as.
     */
    contentType?: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    createdAt: string;
    /**
     * What was found in the jar when it came, without running it.
     */
    inspection?: {
        entries: number;
        classes: number;
        /**
         * The manifest's `Main-Class`.
         */
        mainClass?: string;
        /**
         * The manifest's `program-class`, which Flink prefers.
         */
        programClass?: string;
        /**
         * The manifest's `Class-Path`.
         */
        classPath?: Array<string>;
        /**
         * Public classes with a main method, the jar's own before those of libraries in it.
         */
        entryClasses: Array<string>;
        /**
         * The newest Java release that its classes are compiled for: 17.
         */
        javaRelease?: number;
        /**
         * The Flink that it was built against, where the jar tells.
         */
        flinkVersion?: string;
        /**
         * Where in the jar that was read.
         */
        flinkVersionFrom?: string;
        /**
         * Connectors and formats for Flink that it holds.
         */
        connectors: Array<{
            name: string;
            version?: string;
        }>;
        /**
         * Packages of Flink itself, which every cluster has already.
         */
        bundlesFlink: Array<string>;
        signed: boolean;
        /**
         * Signature files.
         */
        signers: Array<string>;
        /**
         * How many more the jar has than these lists hold, each of which ends at 100 items or 16 KiB. Absent where all are listed.
         */
        notListed?: {
            classPath?: number;
            entryClasses?: number;
            connectors?: number;
            signers?: number;
        };
    };
};

export type ArtifactList = {
    items: Array<Artifact>;
    /**
     * What belongs on this page, too, but is damaged in the store; absent where nothing is.
     */
    unreadable?: Array<{
        id: string;
        name: string;
        message: string;
    }>;
    /**
     * Present while there is more: pass it as the query parameter `marker`.
     */
    marker?: string;
};

export type Cluster = {
    id: ResourceId;
    name: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    createdAt: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    updatedAt: string;
    revision: number;
    kubeClusterConfig: {
        cluster: KubeServer;
        /**
         * The kind of the credentials, never the credentials.
         */
        auth: {
            kind: 'clientCertificate' | 'bearerToken' | 'basic' | 'awsEksIam' | 'inCluster';
        };
    };
    status: PlaceStatus;
};

export type ClusterList = {
    items: Array<Cluster>;
    /**
     * What belongs on this page, too, but is damaged in the store; absent where nothing is.
     */
    unreadable?: Array<{
        id: string;
        name: string;
        message: string;
    }>;
    /**
     * Present while there is more: pass it as the query parameter `marker`.
     */
    marker?: string;
};

export type ClusterSpec = {
    /**
     * a display name of up to 63 characters without control characters, unique among its siblings; kept trimmed and in Unicode form NFC
     */
    name: string;
    kubeClusterConfig: KubeClusterConfig;
};

/**
 * `kubeClusterConfig` is replaced whole: an answer never holds the credentials that would have to be merged.
 */
export type ClusterUpdate = {
    /**
     * a display name of up to 63 characters without control characters, unique among its siblings; kept trimmed and in Unicode form NFC
     */
    name?: string;
    kubeClusterConfig?: KubeClusterConfig;
};

export type ContainerResource = {
    cpu?: number;
    /**
     * a size in bytes, or with k, m, g or t for powers of 1024: `1024m`, `1.5G`
     */
    memory?: string;
    /**
     * a size in bytes, or with k, m, g or t for powers of 1024: `1024m`, `1.5G`
     */
    ephemeralStorage?: string;
};

/**
 * Exactly one of the properties is there.
 */
export type CurrentIdentity = {
    /**
     * The caller has a root key.
     */
    root?: {
        [key: string]: unknown;
    };
    serviceAccount?: ServiceAccount;
};

export type Error = {
    /**
     * For people: what happened and what to do.
     */
    message: string;
    /**
     * For programs: one of the codes in docs/reference/errors.md.
     */
    code: string;
    /**
     * Every violation, not only the first.
     */
    details: Array<{
        /**
         * A JSON pointer into the body, or the place: `query/limit`, `header/if-match`.
         */
        path: string;
        message: string;
    }>;
    /**
     * Stands in the log of the server beside what happened.
     */
    requestId: string;
};

export type FlinkJob = {
    args: Array<string>;
    jarUri?: string;
    entryClass?: string;
    /**
     * either `location` or `id`
     */
    initialSavepoint?: {
        location?: string;
        id?: string;
    };
    allowNonRestoredState?: boolean;
    /**
     * Who calls main(): Weir's runner (ON, the default), or Flink itself.
     */
    runner?: 'ON' | 'OFF';
    /**
     * How long main() may take (`10 min`); without it, as long as it likes.
     */
    mainTimeout?: string;
    /**
     * The job ID in Flink, chosen before the job is submitted.
     */
    id: string;
    /**
     * The name of the job in Flink; that of the resource until Flink knows another.
     */
    name: string;
};

export type FlinkJobSpec = {
    args: Array<string>;
    jarUri?: string;
    entryClass?: string;
    /**
     * either `location` or `id`
     */
    initialSavepoint?: {
        location?: string;
        id?: string;
    };
    allowNonRestoredState?: boolean;
    /**
     * Who calls main(): Weir's runner (ON, the default), or Flink itself.
     */
    runner?: 'ON' | 'OFF';
    /**
     * How long main() may take (`10 min`); without it, as long as it likes.
     */
    mainTimeout?: string;
};

export type FlinkPlugin = {
    /**
     * small letters, digits, dots, underscores and dashes, with a letter or digit at both ends
     */
    name: string;
    jars: Array<string>;
};

/**
 * The minor version of Flink.
 */
export type FlinkRuntime = 'FLINK_1_17' | 'FLINK_1_18' | 'FLINK_1_19' | 'FLINK_1_20' | 'FLINK_2_0' | 'FLINK_2_1' | 'FLINK_2_2' | 'FLINK_2_3';

export type FlinkRuntimeInfo = {
    id: FlinkRuntime;
    /**
     * The version of Flink behind it.
     */
    flinkVersion: string;
    /**
     * On the machine of the server. False: it is installed when a session first needs it.
     */
    installed: boolean;
    /**
     * The version of the `flink-s3-fs-hadoop` that is installed with it, maybe another patch release than its own.
     */
    s3PluginVersion?: string;
    java: {
        /**
         * Releases of Java that this Flink officially supports.
         */
        supported: Array<number>;
        /**
         * Releases whose support Flink calls experimental.
         */
        experimental: Array<number>;
        /**
         * What sessions on the machine of the server would be run with: `17.0.15`.
         */
        used?: string;
        /**
         * Why there is none to be used, or what is to be said of the one that would be.
         */
        note?: string;
    };
};

export type FlinkRuntimeList = {
    items: Array<FlinkRuntimeInfo>;
    /**
     * What belongs on this page, too, but is damaged in the store; absent where nothing is.
     */
    unreadable?: Array<{
        id: string;
        name: string;
        message: string;
    }>;
    /**
     * Present while there is more: pass it as the query parameter `marker`.
     */
    marker?: string;
};

export type FlinkSession = {
    /**
     * a display name of up to 63 characters without control characters, unique among its siblings; kept trimmed and in Unicode form NFC
     */
    name: string;
    runtime: FlinkRuntime;
    /**
     * Put on the class path of JobManager and TaskManagers.
     */
    jars: Array<string>;
    plugins: Array<FlinkPlugin>;
    /**
     * Configuration keys of Flink; numbers and booleans are written as strings, too.
     */
    flinkConfiguration: {
        [key: string]: string;
    };
    /**
     * File name to file content, e.g. `log4j-console.properties`.
     */
    logConfiguration: {
        [key: string]: string;
    };
    jobManagerResource: ContainerResource;
    taskManagerResource: ContainerResource;
    /**
     * labels to find resources by
     */
    labels?: {
        [key: string]: string;
    };
    taskManagers?: TaskManagerBounds;
    id: ResourceId;
    state: State;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    createdAt: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    updatedAt: string;
    /**
     * Counts the changes of callers; also the `ETag`.
     */
    revision: number;
    desiredState: 'RUNNING' | 'SUSPENDED';
    status: Status;
};

export type FlinkSessionJob = {
    /**
     * a display name of up to 63 characters without control characters, unique among its siblings; kept trimmed and in Unicode form NFC
     */
    name: string;
    /**
     * Configuration keys of Flink; numbers and booleans are written as strings, too.
     */
    flinkConfiguration: {
        [key: string]: string;
    };
    /**
     * labels to find resources by
     */
    labels?: {
        [key: string]: string;
    };
    upgradeMode?: UpgradeMode;
    job: FlinkJob;
    id: ResourceId;
    state: State;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    createdAt: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    updatedAt: string;
    /**
     * Counts the changes of callers; also the `ETag`.
     */
    revision: number;
    desiredState: 'RUNNING' | 'SUSPENDED';
    status: Status;
};

export type FlinkSessionJobSpec = {
    /**
     * a display name of up to 63 characters without control characters, unique among its siblings; kept trimmed and in Unicode form NFC
     */
    name: string;
    /**
     * Configuration keys of Flink; numbers and booleans are written as strings, too.
     */
    flinkConfiguration: {
        [key: string]: string;
    };
    /**
     * labels to find resources by
     */
    labels?: {
        [key: string]: string;
    };
    upgradeMode?: UpgradeMode;
    job: FlinkJobSpec;
};

export type FlinkSessionJobSummary = {
    id: ResourceId;
    state: State;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    createdAt: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    updatedAt: string;
    name: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    observedAt?: string;
    /**
     * What was observed is too long ago to be passed on as the present.
     */
    stale: boolean;
};

export type FlinkSessionJobSummaryList = {
    items: Array<FlinkSessionJobSummary>;
    /**
     * What belongs on this page, too, but is damaged in the store; absent where nothing is.
     */
    unreadable?: Array<{
        id: string;
        name: string;
        message: string;
    }>;
    /**
     * Present while there is more: pass it as the query parameter `marker`.
     */
    marker?: string;
    /**
     * How many there are on all pages, damaged ones included.
     */
    total: number;
};

/**
 * Only `name` can be changed yet; other fields are accepted as long as they repeat what is there.
 */
export type FlinkSessionJobUpdate = {
    /**
     * a display name of up to 63 characters without control characters, unique among its siblings; kept trimmed and in Unicode form NFC
     */
    name?: string;
    /**
     * Configuration keys of Flink; numbers and booleans are written as strings, too.
     */
    flinkConfiguration?: {
        [key: string]: string;
    };
    /**
     * labels to find resources by
     */
    labels?: {
        [key: string]: string;
    };
    upgradeMode?: UpgradeMode;
    job?: FlinkJobSpec;
};

export type FlinkSessionSpec = {
    /**
     * a display name of up to 63 characters without control characters, unique among its siblings; kept trimmed and in Unicode form NFC
     */
    name: string;
    runtime: FlinkRuntime;
    /**
     * Put on the class path of JobManager and TaskManagers.
     */
    jars: Array<string>;
    plugins: Array<FlinkPlugin>;
    /**
     * Configuration keys of Flink; numbers and booleans are written as strings, too.
     */
    flinkConfiguration: {
        [key: string]: string;
    };
    /**
     * File name to file content, e.g. `log4j-console.properties`.
     */
    logConfiguration: {
        [key: string]: string;
    };
    jobManagerResource: ContainerResource;
    taskManagerResource: ContainerResource;
    /**
     * labels to find resources by
     */
    labels?: {
        [key: string]: string;
    };
    taskManagers?: TaskManagerBounds;
};

export type FlinkSessionSummary = {
    id: ResourceId;
    state: State;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    createdAt: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    updatedAt: string;
    name: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    observedAt?: string;
    /**
     * What was observed is too long ago to be passed on as the present.
     */
    stale: boolean;
};

export type FlinkSessionSummaryList = {
    items: Array<FlinkSessionSummary>;
    /**
     * What belongs on this page, too, but is damaged in the store; absent where nothing is.
     */
    unreadable?: Array<{
        id: string;
        name: string;
        message: string;
    }>;
    /**
     * Present while there is more: pass it as the query parameter `marker`.
     */
    marker?: string;
    /**
     * How many there are on all pages, damaged ones included.
     */
    total: number;
};

/**
 * Only `name` can be changed yet; other fields are accepted as long as they repeat what is there.
 */
export type FlinkSessionUpdate = {
    /**
     * a display name of up to 63 characters without control characters, unique among its siblings; kept trimmed and in Unicode form NFC
     */
    name?: string;
    runtime?: FlinkRuntime;
    /**
     * Put on the class path of JobManager and TaskManagers.
     */
    jars?: Array<string>;
    plugins?: Array<FlinkPlugin>;
    /**
     * Configuration keys of Flink; numbers and booleans are written as strings, too.
     */
    flinkConfiguration?: {
        [key: string]: string;
    };
    /**
     * File name to file content, e.g. `log4j-console.properties`.
     */
    logConfiguration?: {
        [key: string]: string;
    };
    jobManagerResource?: ContainerResource;
    taskManagerResource?: ContainerResource;
    /**
     * labels to find resources by
     */
    labels?: {
        [key: string]: string;
    };
    taskManagers?: TaskManagerBounds;
};

/**
 * Keys by their IDs. A key itself is never answered.
 */
export type KeyList = {
    items: Array<{
        /**
         * The first 16 digits of the SHA-256 of the key, in capital letters.
         */
        id: string;
        /**
         * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
         */
        createdAt: string;
    }>;
};

/**
 * exactly one of clientCertificate, bearerToken, basic, awsEksIam, inCluster
 */
export type KubeAuth = {
    clientCertificate?: {
        /**
         * PEM text in base64.
         */
        clientCertificateData: string;
        /**
         * PEM text in base64.
         */
        clientKeyData: string;
    };
    bearerToken?: {
        token: string;
    };
    basic?: {
        username: string;
        password: string;
    };
    awsEksIam?: {
        /**
         * the name of an EKS cluster
         */
        clusterName: string;
        /**
         * a region of AWS
         */
        region: string;
        /**
         * the ID of an access key
         */
        accessKeyId: string;
        secretAccessKey: string;
        sessionToken?: string;
    };
    /**
     * The server runs in that cluster and has the service account of its pod.
     */
    inCluster?: {
        [key: string]: never;
    };
};

export type KubeClusterConfig = {
    cluster: KubeServer;
    auth: KubeAuth;
};

export type KubeServer = {
    /**
     * Address of the API server, `https://HOST:PORT`. Left out with `inCluster`.
     */
    server?: string;
    /**
     * Certificates to trust: PEM text in base64. Left out: those that the system trusts.
     */
    certificateAuthorityData?: string;
    /**
     * the host name that the certificate of the server is for
     */
    tlsServerName?: string;
    insecureSkipTlsVerify?: boolean;
    /**
     * `http://`, `https://` or `socks5://`.
     */
    proxyUrl?: string;
    disableCompression?: boolean;
};

export type PlaceStatus = {
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    observedAt?: string;
    /**
     * When a fresh look was last asked for; it has been had once `observedAt` is after it.
     */
    checkRequestedAt?: string;
    /**
     * What follows was seen too long ago to be passed on as the present.
     */
    stale: boolean;
    kubernetesVersion?: string;
    /**
     * The `flinkVersion`s that the operator there allows: `v1_18`.
     */
    flinkVersions?: Array<string>;
    conditions: Array<{
        type: string;
        status: 'True' | 'False' | 'Unknown';
        reason: string;
        message: string;
        /**
         * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
         */
        since: string;
    }>;
};

export type ProcessLog = {
    /**
     * `jobmanager` or `taskmanager-N`.
     */
    process: string;
    /**
     * Counts the clusters that the session had.
     */
    generation: number;
    state: 'RUNNING' | 'EXITED';
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    startedAt: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    endedAt?: string;
    /**
     * Oldest first.
     */
    lines: Array<string>;
};

export type ProcessLogList = {
    /**
     * The newest cluster first.
     */
    items: Array<ProcessLog>;
};

export type ResourceEvent = {
    /**
     * Ever growing, in the order in which things happened.
     */
    id: number;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    at: string;
    severity: 'INFO' | 'WARNING';
    /**
     * One word for programs: `TaskManagerExited`.
     */
    reason: string;
    message: string;
    /**
     * `system`, or the caller: `service-account:ID`.
     */
    by: string;
};

export type ResourceEventList = {
    items: Array<ResourceEvent>;
    /**
     * What belongs on this page, too, but is damaged in the store; absent where nothing is.
     */
    unreadable?: Array<{
        id: string;
        name: string;
        message: string;
    }>;
    /**
     * Present while there is more: pass it as the query parameter `marker`.
     */
    marker?: string;
};

/**
 * an ID of capital letters and digits
 */
export type ResourceId = string;

export type ServiceAccount = {
    id: ResourceId;
    username: string;
    description: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    createdAt: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    updatedAt: string;
};

/**
 * One word that sums up what was seen, for people.
 */
export type State = 'PENDING' | 'RUNNING' | 'UPDATING' | 'SUSPENDED' | 'FINISHED' | 'CANCELED' | 'FAILED' | 'DELETING';

export type Status = {
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    observedAt?: string;
    /**
     * What was observed is too long ago to be passed on as the present.
     */
    stale: boolean;
    /**
     * One line about what is happening right now.
     */
    detail: string;
    error?: {
        code: string;
        /**
         * What went wrong and what to do about it.
         */
        message: string;
        /**
         * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
         */
        at: string;
        /**
         * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
         */
        retryAt?: string;
    };
    /**
     * What to know of the configuration and of the session's jars: sentences that say what to do. Nothing here keeps it from running.
     */
    warnings?: Array<string>;
    flinkVersion?: string;
    /**
     * The Java that the JobManager of the session runs on: `17.0.15`.
     */
    javaVersion?: string;
    /**
     * Flink's own web UI and REST API, as reached from the server's machine; on Kubernetes, from within the cluster.
     */
    flinkUrl?: string;
    /**
     * Ports of the server's machine that processes of a session listen on because `flinkConfiguration` says so: the process (`jobmanager`, `taskmanager-1`), the key that asks for it, and the port that it has taken.
     */
    ports?: Array<{
        process: string;
        name: string;
        port: number;
    }>;
    taskManagers?: {
        running: number;
        wanted: number;
    };
    slots?: {
        total: number;
        available: number;
    };
    /**
     * The word that Flink itself has for the state of the job.
     */
    jobState?: string;
    jobs?: {
        running: number;
        finished: number;
        failed: number;
        canceled: number;
    };
    lastCheckpoint?: {
        id: number;
        /**
         * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
         */
        completedAt: string;
        sizeBytes?: number;
        location?: string;
    };
    restarts: number;
    conditions: Array<{
        type: string;
        status: 'True' | 'False' | 'Unknown';
        reason: string;
        message: string;
        /**
         * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
         */
        since: string;
    }>;
};

export type TaskManagerBounds = {
    min?: number;
    max?: number;
};

/**
 * How the state of a job gets across a change. A weaker mode than the one asked for is never chosen.
 */
export type UpgradeMode = 'SAVEPOINT' | 'LAST_STATE' | 'STATELESS';

export type Workspace = {
    id: ResourceId;
    name: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    createdAt: string;
    /**
     * In UTC with milliseconds: `2025-01-31T12:34:56.789Z`.
     */
    updatedAt: string;
    revision: number;
    kubeClusterId?: ResourceId;
    kubeNamespace?: string;
    kubeServiceAccount?: string;
    kubeStorage?: string;
    state: 'ACTIVE' | 'DELETING';
    status: PlaceStatus;
};

export type WorkspaceList = {
    items: Array<Workspace>;
    /**
     * What belongs on this page, too, but is damaged in the store; absent where nothing is.
     */
    unreadable?: Array<{
        id: string;
        name: string;
        message: string;
    }>;
    /**
     * Present while there is more: pass it as the query parameter `marker`.
     */
    marker?: string;
};

/**
 * In a namespace of a Kubernetes cluster; without `kubeClusterId`, `kubeNamespace` and `kubeServiceAccount` on this machine.
 */
export type WorkspaceSpec = {
    /**
     * a display name of up to 63 characters without control characters, unique among its siblings; kept trimmed and in Unicode form NFC
     */
    name: string;
    /**
     * the ID of a cluster, in capital letters and digits
     */
    kubeClusterId?: string;
    /**
     * the name of a namespace: up to 63 small letters, digits and dashes, with a letter or digit at both ends
     */
    kubeNamespace?: string;
    /**
     * the name of a service account, which Flink's pods run as: small letters, digits, dashes and dots
     */
    kubeServiceAccount?: string;
    /**
     * A folder that Flink reaches from every pod (`s3://bucket/weir`), for checkpoints, savepoints and high availability.
     */
    kubeStorage?: string;
};

export type WorkspaceUpdate = {
    /**
     * a display name of up to 63 characters without control characters, unique among its siblings; kept trimmed and in Unicode form NFC
     */
    name?: string;
};

export type ListRootKeysData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/admin/v1/keys';
};

export type ListRootKeysErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type ListRootKeysError = ListRootKeysErrors[keyof ListRootKeysErrors];

export type ListRootKeysResponses = {
    /**
     * All that were not revoked, on one page.
     */
    200: KeyList;
};

export type ListRootKeysResponse = ListRootKeysResponses[keyof ListRootKeysResponses];

export type RevokeRootKeyData = {
    body?: never;
    path: {
        /**
         * ID of the key
         */
        key: string;
    };
    query?: never;
    url: '/api/admin/v1/keys/{key}';
};

export type RevokeRootKeyErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type RevokeRootKeyError = RevokeRootKeyErrors[keyof RevokeRootKeyErrors];

export type RevokeRootKeyResponses = {
    /**
     * From now on nobody gets in with it. A key file of the server that held it has a new key.
     */
    204: void;
};

export type RevokeRootKeyResponse = RevokeRootKeyResponses[keyof RevokeRootKeyResponses];

export type ListArtifactsData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
    };
    query?: {
        /**
         * Items of a page; 50 when left out.
         */
        limit?: number;
        /**
         * the `marker` of the page before, as it stands
         */
        marker?: string;
        /**
         * Only the one of this name.
         */
        name?: string;
    };
    url: '/api/flink/v1/workspaces/{ws}/artifacts';
};

export type ListArtifactsErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type ListArtifactsError = ListArtifactsErrors[keyof ListArtifactsErrors];

export type ListArtifactsResponses = {
    /**
     * A page of versions, in the order in which they came.
     */
    200: ArtifactList;
};

export type ListArtifactsResponse = ListArtifactsResponses[keyof ListArtifactsResponses];

export type UploadArtifactData = {
    body: Blob | File;
    headers?: {
        /**
         * The same key with the same body, within 24 hours, answers the same resource instead of creating another.
         */
        'idempotency-key'?: string;
    };
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
    };
    query: {
        /**
         * a file name of up to 128 letters, digits, dots, underscores and dashes, which begins with a letter or digit and ends in .jar
         */
        name: string;
        /**
         * the SHA-256 of the file, in 64 hexadecimal digits; a body that has another is refused
         */
        sha256?: string;
    };
    url: '/api/flink/v1/workspaces/{ws}/artifacts';
};

export type UploadArtifactErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type UploadArtifactError = UploadArtifactErrors[keyof UploadArtifactErrors];

export type UploadArtifactResponses = {
    /**
     * The newest version, which has this very content already.
     */
    200: Artifact;
    /**
     * A new version.
     */
    201: Artifact;
};

export type UploadArtifactResponse = UploadArtifactResponses[keyof UploadArtifactResponses];

export type DeleteArtifactData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the artifact
         */
        artifact: string;
    };
    query?: never;
    url: '/api/flink/v1/workspaces/{ws}/artifacts/{artifact}';
};

export type DeleteArtifactErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DeleteArtifactError = DeleteArtifactErrors[keyof DeleteArtifactErrors];

export type DeleteArtifactResponses = {
    /**
     * It is gone, and its content with it unless another version has the same.
     */
    204: void;
};

export type DeleteArtifactResponse = DeleteArtifactResponses[keyof DeleteArtifactResponses];

export type DescribeArtifactData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the artifact
         */
        artifact: string;
    };
    query?: never;
    url: '/api/flink/v1/workspaces/{ws}/artifacts/{artifact}';
};

export type DescribeArtifactErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DescribeArtifactError = DescribeArtifactErrors[keyof DescribeArtifactErrors];

export type DescribeArtifactResponses = {
    /**
     * What it is and what was found in it.
     */
    200: Artifact;
};

export type DescribeArtifactResponse = DescribeArtifactResponses[keyof DescribeArtifactResponses];

export type DownloadArtifactData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the artifact
         */
        artifact: string;
    };
    query?: never;
    url: '/api/flink/v1/workspaces/{ws}/artifacts/{artifact}/content';
};

export type DownloadArtifactErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DownloadArtifactError = DownloadArtifactErrors[keyof DownloadArtifactErrors];

export type DownloadArtifactResponses = {
    /**
     * The file as it was uploaded.
     */
    200: Blob | File;
};

export type DownloadArtifactResponse = DownloadArtifactResponses[keyof DownloadArtifactResponses];

export type ListFlinkRuntimesData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
    };
    query?: never;
    url: '/api/flink/v1/workspaces/{ws}/runtimes';
};

export type ListFlinkRuntimesErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type ListFlinkRuntimesError = ListFlinkRuntimesErrors[keyof ListFlinkRuntimesErrors];

export type ListFlinkRuntimesResponses = {
    /**
     * All runtimes, on one page.
     */
    200: FlinkRuntimeList;
};

export type ListFlinkRuntimesResponse = ListFlinkRuntimesResponses[keyof ListFlinkRuntimesResponses];

export type ListFlinkSessionsData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
    };
    query?: {
        /**
         * Items of a page; 50 when left out.
         */
        limit?: number;
        /**
         * the `marker` of the page before, as it stands
         */
        marker?: string;
        /**
         * Only the one of this name.
         */
        name?: string;
        /**
         * Only those whose name has this in it, whatever the case.
         */
        q?: string;
        /**
         * What the list is sorted by; `-` before it reverses the order. By `createdAt` when left out. A walk by what changes meanwhile may meet a resource again in its new place, or not at all.
         */
        sort?: 'name' | '-name' | 'createdAt' | '-createdAt' | 'updatedAt' | '-updatedAt' | 'state' | '-state';
        state?: State;
        /**
         * Only those with this label: `key` or `key=value`.
         */
        label?: string;
    };
    url: '/api/flink/v1/workspaces/{ws}/sessions';
};

export type ListFlinkSessionsErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type ListFlinkSessionsError = ListFlinkSessionsErrors[keyof ListFlinkSessionsErrors];

export type ListFlinkSessionsResponses = {
    /**
     * A page of sessions, oldest first.
     */
    200: FlinkSessionSummaryList;
};

export type ListFlinkSessionsResponse = ListFlinkSessionsResponses[keyof ListFlinkSessionsResponses];

export type CreateFlinkSessionData = {
    body: FlinkSessionSpec;
    headers?: {
        /**
         * The same key with the same body, within 24 hours, answers the same resource instead of creating another.
         */
        'idempotency-key'?: string;
    };
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
    };
    query?: never;
    url: '/api/flink/v1/workspaces/{ws}/sessions';
};

export type CreateFlinkSessionErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type CreateFlinkSessionError = CreateFlinkSessionErrors[keyof CreateFlinkSessionErrors];

export type CreateFlinkSessionResponses = {
    /**
     * Accepted; the cluster is being started.
     */
    201: FlinkSessionSummary;
};

export type CreateFlinkSessionResponse = CreateFlinkSessionResponses[keyof CreateFlinkSessionResponses];

export type DeleteFlinkSessionData = {
    body?: never;
    headers?: {
        /**
         * *, or the ETag that the resource must still have, such as "3"; several with commas
         */
        'if-match'?: string;
    };
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
    };
    query?: {
        /**
         * Delete the jobs of the session with it.
         */
        cascade?: boolean;
        /**
         * Do not wait for Flink: stop at once what there is.
         */
        force?: boolean;
    };
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}';
};

export type DeleteFlinkSessionErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The resource has changed since the `ETag` in `If-Match`.
     */
    412: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DeleteFlinkSessionError = DeleteFlinkSessionErrors[keyof DeleteFlinkSessionErrors];

export type DeleteFlinkSessionResponses = {
    /**
     * Accepted; the session is DELETING until all of it is gone.
     */
    204: void;
};

export type DeleteFlinkSessionResponse = DeleteFlinkSessionResponses[keyof DeleteFlinkSessionResponses];

export type DescribeFlinkSessionData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
    };
    query?: never;
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}';
};

export type DescribeFlinkSessionErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DescribeFlinkSessionError = DescribeFlinkSessionErrors[keyof DescribeFlinkSessionErrors];

export type DescribeFlinkSessionResponses = {
    /**
     * What the session is meant to be and what was seen of it.
     */
    200: FlinkSession;
};

export type DescribeFlinkSessionResponse = DescribeFlinkSessionResponses[keyof DescribeFlinkSessionResponses];

export type UpdateFlinkSessionData = {
    body: FlinkSessionUpdate;
    headers?: {
        /**
         * *, or the ETag that the resource must still have, such as "3"; several with commas
         */
        'if-match'?: string;
    };
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
    };
    query?: never;
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}';
};

export type UpdateFlinkSessionErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The resource has changed since the `ETag` in `If-Match`.
     */
    412: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type UpdateFlinkSessionError = UpdateFlinkSessionErrors[keyof UpdateFlinkSessionErrors];

export type UpdateFlinkSessionResponses = {
    /**
     * The session as it is now.
     */
    200: FlinkSession;
};

export type UpdateFlinkSessionResponse = UpdateFlinkSessionResponses[keyof UpdateFlinkSessionResponses];

export type ListFlinkSessionEventsData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
    };
    query?: {
        /**
         * Items of a page; 50 when left out.
         */
        limit?: number;
        /**
         * the `marker` of the page before, as it stands
         */
        marker?: string;
    };
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/events';
};

export type ListFlinkSessionEventsErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type ListFlinkSessionEventsError = ListFlinkSessionEventsErrors[keyof ListFlinkSessionEventsErrors];

export type ListFlinkSessionEventsResponses = {
    /**
     * A page of events, oldest first.
     */
    200: ResourceEventList;
};

export type ListFlinkSessionEventsResponse = ListFlinkSessionEventsResponses[keyof ListFlinkSessionEventsResponses];

export type ListFlinkSessionJobsData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
    };
    query?: {
        /**
         * Items of a page; 50 when left out.
         */
        limit?: number;
        /**
         * the `marker` of the page before, as it stands
         */
        marker?: string;
        /**
         * Only the one of this name.
         */
        name?: string;
        /**
         * Only those whose name has this in it, whatever the case.
         */
        q?: string;
        /**
         * What the list is sorted by; `-` before it reverses the order. By `createdAt` when left out. A walk by what changes meanwhile may meet a resource again in its new place, or not at all.
         */
        sort?: 'name' | '-name' | 'createdAt' | '-createdAt' | 'updatedAt' | '-updatedAt' | 'state' | '-state';
        state?: State;
        /**
         * Only those with this label: `key` or `key=value`.
         */
        label?: string;
    };
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs';
};

export type ListFlinkSessionJobsErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type ListFlinkSessionJobsError = ListFlinkSessionJobsErrors[keyof ListFlinkSessionJobsErrors];

export type ListFlinkSessionJobsResponses = {
    /**
     * A page of jobs, oldest first.
     */
    200: FlinkSessionJobSummaryList;
};

export type ListFlinkSessionJobsResponse = ListFlinkSessionJobsResponses[keyof ListFlinkSessionJobsResponses];

export type CreateFlinkSessionJobData = {
    body: FlinkSessionJobSpec;
    headers?: {
        /**
         * The same key with the same body, within 24 hours, answers the same resource instead of creating another.
         */
        'idempotency-key'?: string;
    };
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
    };
    query?: never;
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs';
};

export type CreateFlinkSessionJobErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type CreateFlinkSessionJobError = CreateFlinkSessionJobErrors[keyof CreateFlinkSessionJobErrors];

export type CreateFlinkSessionJobResponses = {
    /**
     * Accepted; it is submitted when the session is up.
     */
    201: FlinkSessionJobSummary;
};

export type CreateFlinkSessionJobResponse = CreateFlinkSessionJobResponses[keyof CreateFlinkSessionJobResponses];

export type DeleteFlinkSessionJobData = {
    body?: never;
    headers?: {
        /**
         * *, or the ETag that the resource must still have, such as "3"; several with commas
         */
        'if-match'?: string;
    };
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
        /**
         * ID of the job
         */
        job: string;
    };
    query?: {
        /**
         * Do not wait for Flink: stop at once what there is.
         */
        force?: boolean;
    };
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs/{job}';
};

export type DeleteFlinkSessionJobErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The resource has changed since the `ETag` in `If-Match`.
     */
    412: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DeleteFlinkSessionJobError = DeleteFlinkSessionJobErrors[keyof DeleteFlinkSessionJobErrors];

export type DeleteFlinkSessionJobResponses = {
    /**
     * Accepted; the job is DELETING until Flink no longer runs it.
     */
    204: void;
};

export type DeleteFlinkSessionJobResponse = DeleteFlinkSessionJobResponses[keyof DeleteFlinkSessionJobResponses];

export type DescribeFlinkSessionJobData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
        /**
         * ID of the job
         */
        job: string;
    };
    query?: never;
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs/{job}';
};

export type DescribeFlinkSessionJobErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DescribeFlinkSessionJobError = DescribeFlinkSessionJobErrors[keyof DescribeFlinkSessionJobErrors];

export type DescribeFlinkSessionJobResponses = {
    /**
     * What the job is meant to be and what was seen of it.
     */
    200: FlinkSessionJob;
};

export type DescribeFlinkSessionJobResponse = DescribeFlinkSessionJobResponses[keyof DescribeFlinkSessionJobResponses];

export type UpdateFlinkSessionJobData = {
    body: FlinkSessionJobUpdate;
    headers?: {
        /**
         * *, or the ETag that the resource must still have, such as "3"; several with commas
         */
        'if-match'?: string;
    };
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
        /**
         * ID of the job
         */
        job: string;
    };
    query?: never;
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs/{job}';
};

export type UpdateFlinkSessionJobErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The resource has changed since the `ETag` in `If-Match`.
     */
    412: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type UpdateFlinkSessionJobError = UpdateFlinkSessionJobErrors[keyof UpdateFlinkSessionJobErrors];

export type UpdateFlinkSessionJobResponses = {
    /**
     * The job as it is now.
     */
    200: FlinkSessionJob;
};

export type UpdateFlinkSessionJobResponse = UpdateFlinkSessionJobResponses[keyof UpdateFlinkSessionJobResponses];

export type ListFlinkSessionJobEventsData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
        /**
         * ID of the job
         */
        job: string;
    };
    query?: {
        /**
         * Items of a page; 50 when left out.
         */
        limit?: number;
        /**
         * the `marker` of the page before, as it stands
         */
        marker?: string;
    };
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs/{job}/events';
};

export type ListFlinkSessionJobEventsErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type ListFlinkSessionJobEventsError = ListFlinkSessionJobEventsErrors[keyof ListFlinkSessionJobEventsErrors];

export type ListFlinkSessionJobEventsResponses = {
    /**
     * A page of events, oldest first.
     */
    200: ResourceEventList;
};

export type ListFlinkSessionJobEventsResponse = ListFlinkSessionJobEventsResponses[keyof ListFlinkSessionJobEventsResponses];

export type GetFlinkSessionJobLogsData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
        /**
         * ID of the job
         */
        job: string;
    };
    query?: {
        /**
         * Lines from the end of each log; 200 when left out.
         */
        tail?: number;
        /**
         * `jobmanager`, or `taskmanager-` and its number
         */
        process?: string;
    };
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/jobs/{job}/logs';
};

export type GetFlinkSessionJobLogsErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type GetFlinkSessionJobLogsError = GetFlinkSessionJobLogsErrors[keyof GetFlinkSessionJobLogsErrors];

export type GetFlinkSessionJobLogsResponses = {
    /**
     * The last lines of each process, the newest cluster first.
     */
    200: ProcessLogList;
};

export type GetFlinkSessionJobLogsResponse = GetFlinkSessionJobLogsResponses[keyof GetFlinkSessionJobLogsResponses];

export type GetFlinkSessionLogsData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
        /**
         * ID of the session
         */
        session: string;
    };
    query?: {
        /**
         * Lines from the end of each log; 200 when left out.
         */
        tail?: number;
        /**
         * `jobmanager`, or `taskmanager-` and its number
         */
        process?: string;
    };
    url: '/api/flink/v1/workspaces/{ws}/sessions/{session}/logs';
};

export type GetFlinkSessionLogsErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type GetFlinkSessionLogsError = GetFlinkSessionLogsErrors[keyof GetFlinkSessionLogsErrors];

export type GetFlinkSessionLogsResponses = {
    /**
     * The last lines of each process, the newest cluster first.
     */
    200: ProcessLogList;
};

export type GetFlinkSessionLogsResponse = GetFlinkSessionLogsResponses[keyof GetFlinkSessionLogsResponses];

export type ListClustersData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Items of a page; 50 when left out.
         */
        limit?: number;
        /**
         * the `marker` of the page before, as it stands
         */
        marker?: string;
        /**
         * Only the one of this name.
         */
        name?: string;
    };
    url: '/api/org/v1/clusters';
};

export type ListClustersErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type ListClustersError = ListClustersErrors[keyof ListClustersErrors];

export type ListClustersResponses = {
    /**
     * A page of clusters, oldest first.
     */
    200: ClusterList;
};

export type ListClustersResponse = ListClustersResponses[keyof ListClustersResponses];

export type CreateClusterData = {
    body: ClusterSpec;
    headers?: {
        /**
         * The same key with the same body, within 24 hours, answers the same resource instead of creating another.
         */
        'idempotency-key'?: string;
    };
    path?: never;
    query?: never;
    url: '/api/org/v1/clusters';
};

export type CreateClusterErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type CreateClusterError = CreateClusterErrors[keyof CreateClusterErrors];

export type CreateClusterResponses = {
    /**
     * Known from now on; it is being looked at.
     */
    201: Cluster;
};

export type CreateClusterResponse = CreateClusterResponses[keyof CreateClusterResponses];

export type DeleteClusterData = {
    body?: never;
    headers?: {
        /**
         * *, or the ETag that the resource must still have, such as "3"; several with commas
         */
        'if-match'?: string;
    };
    path: {
        /**
         * ID of the cluster
         */
        cluster: string;
    };
    query?: never;
    url: '/api/org/v1/clusters/{cluster}';
};

export type DeleteClusterErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The resource has changed since the `ETag` in `If-Match`.
     */
    412: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DeleteClusterError = DeleteClusterErrors[keyof DeleteClusterErrors];

export type DeleteClusterResponses = {
    /**
     * Forgotten, with its credentials; the cluster itself is not touched.
     */
    204: void;
};

export type DeleteClusterResponse = DeleteClusterResponses[keyof DeleteClusterResponses];

export type DescribeClusterData = {
    body?: never;
    path: {
        /**
         * ID of the cluster
         */
        cluster: string;
    };
    query?: never;
    url: '/api/org/v1/clusters/{cluster}';
};

export type DescribeClusterErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DescribeClusterError = DescribeClusterErrors[keyof DescribeClusterErrors];

export type DescribeClusterResponses = {
    /**
     * How it is reached and what was seen of it.
     */
    200: Cluster;
};

export type DescribeClusterResponse = DescribeClusterResponses[keyof DescribeClusterResponses];

export type UpdateClusterData = {
    body: ClusterUpdate;
    headers?: {
        /**
         * *, or the ETag that the resource must still have, such as "3"; several with commas
         */
        'if-match'?: string;
    };
    path: {
        /**
         * ID of the cluster
         */
        cluster: string;
    };
    query?: never;
    url: '/api/org/v1/clusters/{cluster}';
};

export type UpdateClusterErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The resource has changed since the `ETag` in `If-Match`.
     */
    412: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type UpdateClusterError = UpdateClusterErrors[keyof UpdateClusterErrors];

export type UpdateClusterResponses = {
    /**
     * The cluster as it is now.
     */
    200: Cluster;
};

export type UpdateClusterResponse = UpdateClusterResponses[keyof UpdateClusterResponses];

export type CheckClusterData = {
    body?: never;
    path: {
        /**
         * ID of the cluster
         */
        cluster: string;
    };
    query?: never;
    url: '/api/org/v1/clusters/{cluster}/checks';
};

export type CheckClusterErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type CheckClusterError = CheckClusterErrors[keyof CheckClusterErrors];

export type CheckClusterResponses = {
    /**
     * Accepted; see `status.checkRequestedAt`.
     */
    202: Cluster;
};

export type CheckClusterResponse = CheckClusterResponses[keyof CheckClusterResponses];

export type GetCurrentIdentityData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/api/org/v1/me';
};

export type GetCurrentIdentityErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type GetCurrentIdentityError = GetCurrentIdentityErrors[keyof GetCurrentIdentityErrors];

export type GetCurrentIdentityResponses = {
    /**
     * The identity that the key belongs to.
     */
    200: CurrentIdentity;
};

export type GetCurrentIdentityResponse = GetCurrentIdentityResponses[keyof GetCurrentIdentityResponses];

export type ListServiceAccountKeysData = {
    body?: never;
    path: {
        /**
         * ID of the service account
         */
        serviceAccount: string;
    };
    query?: never;
    url: '/api/org/v1/service-accounts/{serviceAccount}/keys';
};

export type ListServiceAccountKeysErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type ListServiceAccountKeysError = ListServiceAccountKeysErrors[keyof ListServiceAccountKeysErrors];

export type ListServiceAccountKeysResponses = {
    /**
     * All that were not revoked, on one page.
     */
    200: KeyList;
};

export type ListServiceAccountKeysResponse = ListServiceAccountKeysResponses[keyof ListServiceAccountKeysResponses];

export type RevokeServiceAccountKeyData = {
    body?: never;
    path: {
        /**
         * ID of the service account
         */
        serviceAccount: string;
        /**
         * ID of the key
         */
        key: string;
    };
    query?: never;
    url: '/api/org/v1/service-accounts/{serviceAccount}/keys/{key}';
};

export type RevokeServiceAccountKeyErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type RevokeServiceAccountKeyError = RevokeServiceAccountKeyErrors[keyof RevokeServiceAccountKeyErrors];

export type RevokeServiceAccountKeyResponses = {
    /**
     * From now on nobody gets in with it. A key file of the server that held it has a new key.
     */
    204: void;
};

export type RevokeServiceAccountKeyResponse = RevokeServiceAccountKeyResponses[keyof RevokeServiceAccountKeyResponses];

export type ListWorkspacesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Items of a page; 50 when left out.
         */
        limit?: number;
        /**
         * the `marker` of the page before, as it stands
         */
        marker?: string;
        /**
         * Only the one of this name.
         */
        name?: string;
    };
    url: '/api/org/v1/workspaces';
};

export type ListWorkspacesErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type ListWorkspacesError = ListWorkspacesErrors[keyof ListWorkspacesErrors];

export type ListWorkspacesResponses = {
    /**
     * A page of workspaces, oldest first.
     */
    200: WorkspaceList;
};

export type ListWorkspacesResponse = ListWorkspacesResponses[keyof ListWorkspacesResponses];

export type CreateWorkspaceData = {
    body: WorkspaceSpec;
    headers?: {
        /**
         * The same key with the same body, within 24 hours, answers the same resource instead of creating another.
         */
        'idempotency-key'?: string;
    };
    path?: never;
    query?: never;
    url: '/api/org/v1/workspaces';
};

export type CreateWorkspaceErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * The request is well formed but cannot be carried out; every reason is in `details`.
     */
    422: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type CreateWorkspaceError = CreateWorkspaceErrors[keyof CreateWorkspaceErrors];

export type CreateWorkspaceResponses = {
    /**
     * The workspace; one on Kubernetes is being looked at.
     */
    201: Workspace;
};

export type CreateWorkspaceResponse = CreateWorkspaceResponses[keyof CreateWorkspaceResponses];

export type DeleteWorkspaceData = {
    body?: never;
    headers?: {
        /**
         * *, or the ETag that the resource must still have, such as "3"; several with commas
         */
        'if-match'?: string;
    };
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
    };
    query?: never;
    url: '/api/org/v1/workspaces/{ws}';
};

export type DeleteWorkspaceErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The resource has changed since the `ETag` in `If-Match`.
     */
    412: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DeleteWorkspaceError = DeleteWorkspaceErrors[keyof DeleteWorkspaceErrors];

export type DeleteWorkspaceResponses = {
    /**
     * Accepted; the workspace is DELETING until nothing of it is left, and takes no new session.
     */
    204: void;
};

export type DeleteWorkspaceResponse = DeleteWorkspaceResponses[keyof DeleteWorkspaceResponses];

export type DescribeWorkspaceData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
    };
    query?: never;
    url: '/api/org/v1/workspaces/{ws}';
};

export type DescribeWorkspaceErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type DescribeWorkspaceError = DescribeWorkspaceErrors[keyof DescribeWorkspaceErrors];

export type DescribeWorkspaceResponses = {
    /**
     * Where the workspace is and what was seen there.
     */
    200: Workspace;
};

export type DescribeWorkspaceResponse = DescribeWorkspaceResponses[keyof DescribeWorkspaceResponses];

export type UpdateWorkspaceData = {
    body: WorkspaceUpdate;
    headers?: {
        /**
         * *, or the ETag that the resource must still have, such as "3"; several with commas
         */
        'if-match'?: string;
    };
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
    };
    query?: never;
    url: '/api/org/v1/workspaces/{ws}';
};

export type UpdateWorkspaceErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The request is in conflict with what is there.
     */
    409: Error;
    /**
     * The resource has changed since the `ETag` in `If-Match`.
     */
    412: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type UpdateWorkspaceError = UpdateWorkspaceErrors[keyof UpdateWorkspaceErrors];

export type UpdateWorkspaceResponses = {
    /**
     * The workspace as it is now.
     */
    200: Workspace;
};

export type UpdateWorkspaceResponse = UpdateWorkspaceResponses[keyof UpdateWorkspaceResponses];

export type CheckWorkspaceData = {
    body?: never;
    path: {
        /**
         * ID of the workspace
         */
        ws: string;
    };
    query?: never;
    url: '/api/org/v1/workspaces/{ws}/checks';
};

export type CheckWorkspaceErrors = {
    /**
     * The request does not have the shape that the contract asks for; every violation is in `details`.
     */
    400: Error;
    /**
     * There are no valid credentials.
     */
    401: Error;
    /**
     * The caller may not do this.
     */
    403: Error;
    /**
     * The resource, or one that it depends on, does not exist or may not be seen by the caller.
     */
    404: Error;
    /**
     * The body came too slowly.
     */
    408: Error;
    /**
     * The body is too large.
     */
    413: Error;
    /**
     * The body comes in a form that is not read here.
     */
    415: Error;
    /**
     * The server is not called by the name in `Host`.
     */
    421: Error;
    /**
     * Too many requests came on one connection before their answers were fetched.
     */
    429: Error;
    /**
     * The server failed.
     */
    500: Error;
    /**
     * The store does not answer.
     */
    503: Error;
    /**
     * The disk of the store is full.
     */
    507: Error;
};

export type CheckWorkspaceError = CheckWorkspaceErrors[keyof CheckWorkspaceErrors];

export type CheckWorkspaceResponses = {
    /**
     * Accepted; see `status.checkRequestedAt`. On this machine there is nothing to look at.
     */
    202: Workspace;
};

export type CheckWorkspaceResponse = CheckWorkspaceResponses[keyof CheckWorkspaceResponses];
