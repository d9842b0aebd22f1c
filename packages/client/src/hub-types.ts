/** Written by `npm run openapi` from packages/hub/openapi.json; a test fails when it differs. */

export interface Agent {
  readonly name: string;
  readonly hostname: string;
  readonly version: string;
  readonly capabilities: readonly Capability[];
  readonly hostUsers: readonly string[];
  /** Epoch milliseconds. */
  readonly registeredAtMs: number;
  /** Epoch milliseconds of its last request; 0 when there was none since the start of the hub. */
  readonly seenAtMs: number;
  readonly room: Room | null;
  readonly held: number;
  /** Not heard for the length of a lease: it is offered nothing. */
  readonly isSilent: boolean;
}

export interface AgentList {
  readonly agents: readonly Agent[];
}

export interface AgentPresence {
  readonly name: string;
  readonly isSilent: boolean;
}

export interface ApiKey {
  /** Stands in the key. */
  readonly id: string;
  readonly user: string;
  /** What it is for; for people. */
  readonly label: string;
  readonly status: 'active' | 'expired' | 'revoked';
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly expiresAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly lastUsedAtMs: number | null;
}

export interface ApiKeyList {
  readonly keys: readonly ApiKey[];
}

export interface Artifact {
  readonly id: string;
  readonly owner: string;
  /** The job that made it. */
  readonly job: string | null;
  /** For people. */
  readonly name: string | null;
  /** Free word, such as log. */
  readonly type: string | null;
  /** Where the bytes lie; what is not `hub` is left in place. */
  readonly residence: {
    readonly kind: 'hub';
  } | {
    readonly kind: 'path';
    /** Null: every cluster has it. */
    readonly cluster: string | null;
    /** Absolute. */
    readonly path: string;
  } | {
    readonly kind: 'url';
    readonly url: string;
  };
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: 'created' | 'committed';
  /** Of one file its SHA-256, of several the SHA-256 over `path:sha256` of each in the order of their paths. */
  readonly treeSha256: string | null;
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly committedAtMs: number | null;
}

export interface ArtifactFile {
  readonly path: string;
  /** Null for a file of a reference whose hash nobody has told. */
  readonly sha256: string | null;
  readonly sizeBytes: number;
  readonly contentType: string;
}

export interface ArtifactFileList {
  readonly files: readonly ArtifactFile[];
  readonly totalCount: number;
  /** `after` of the next page; null on the last. */
  readonly nextAfter: string | null;
}

export interface ArtifactList {
  readonly artifacts: readonly Artifact[];
  /** `before` of the next page; null on the last. */
  readonly nextBefore: string | null;
}

export interface Audit {
  readonly entries: readonly AuditEntry[];
  /** `before` of the next page; null on the last. */
  readonly nextBefore: number | null;
}

export interface AuditEntry {
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** `user:NAME`, `agent:NAME` or `hub`. */
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface CancelRequest {
  readonly by: string;
  readonly reason: 'user-cancelled' | 'superseded';
  /** Epoch milliseconds. */
  readonly atMs: number;
}

export interface Capability {
  /** `processor/profile`, `image`, `build` or `host`. */
  readonly profile: string;
  readonly maxConcurrent: number;
  /** The most that one job may ask for. */
  readonly resources: {
    readonly slots: number;
  };
  /** The cluster that executes it. */
  readonly cluster: string | null;
}

export interface ChangeUser {
  /** Each may what those before it may: viewer reads, editor submits, manager administers and sees what others own. */
  readonly role?: 'viewer' | 'editor' | 'manager' | undefined;
  readonly isDisabled?: boolean | undefined;
}

/** What the sender thinks the artifact is; refused when it is not. */
export interface CommitArtifact {
  readonly sha256?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

export interface CopyJob {
  /** Letters, digits, . _ - */
  readonly queue?: string | undefined;
}

export interface Credential {
  readonly id: string;
  readonly agent: string;
  /** What it is for; for people. */
  readonly label: string;
  readonly status: 'active' | 'expired' | 'revoked';
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly expiresAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly lastUsedAtMs: number | null;
}

export interface CredentialAgents {
  readonly agents: readonly string[];
}

export interface CredentialList {
  readonly credentials: readonly Credential[];
}

export interface Event {
  /** Place in the record of the hub; rises, with gaps where jobs of others are. */
  readonly seq: number;
  /** In the order of creation. */
  readonly job: string;
  readonly queue: string;
  readonly owner: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** `user:<name>`, `agent:<name>` or `hub`. */
  readonly actor: string;
  readonly kind: 'created' | 'launched' | 'declined' | 'claimed' | 'started' | 'progress' | 'lease-lost' | 'infrastructure-error' | 'buried' | 'retried' | 'cancel-requested' | 'cancelled' | 'completed' | 'deleted';
  /** Of the job after it. */
  readonly status: 'created' | 'queued' | 'claimed' | 'running' | 'finished' | 'failed' | 'cancelled' | 'dead';
  /** The attempt that it is about. */
  readonly attempt: number | null;
  /** Why, as one word. */
  readonly reason: string | null;
  /** For people. */
  readonly detail: string | null;
  /** Of a completion. */
  readonly exitCode: number | null;
}

export interface EventPage {
  readonly events: readonly Event[];
  /** `after` of the next question: everything up to here was looked at. */
  readonly nextAfter: number;
}

export interface IssuedApiKey {
  /** Stands in the key. */
  readonly id: string;
  readonly user: string;
  /** What it is for; for people. */
  readonly label: string;
  readonly status: 'active' | 'expired' | 'revoked';
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly expiresAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly lastUsedAtMs: number | null;
  /** The key itself. It is shown this once. */
  readonly key: string;
}

export interface IssuedCredential {
  readonly id: string;
  readonly agent: string;
  /** What it is for; for people. */
  readonly label: string;
  readonly status: 'active' | 'expired' | 'revoked';
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly expiresAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly lastUsedAtMs: number | null;
  /** With which the agent signs. It is shown this once. */
  readonly secret: string;
}

export interface Job {
  /** In the order of creation. */
  readonly id: string;
  readonly owner: string;
  /** SHA-256 of the canonical JSON of the definition. */
  readonly contentHash: string;
  readonly order: JobOrder;
  readonly status: 'created' | 'queued' | 'claimed' | 'running' | 'finished' | 'failed' | 'cancelled' | 'dead';
  readonly reason: 'exit' | 'signal' | 'time-limit' | 'user-cancelled' | 'superseded' | 'agent-lost' | 'infrastructure' | 'attempts-used-up' | null;
  /** A sentence. */
  readonly detail: string | null;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly launchedAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly endedAtMs: number | null;
  readonly attempts: number;
  readonly attemptsAllowed: number;
  readonly attempt: JobAttempt | null;
  /** Epoch milliseconds. */
  readonly notBeforeMs: number;
  readonly cancelRequested: CancelRequest | null;
  readonly progress: JobProgress | null;
  readonly result: JobResult | null;
  /** Why no agent has taken it yet; null when it does not wait for one. */
  readonly waitsFor: 'no-agent' | 'host-not-allowed' | 'too-large' | 'agent-silent' | 'draining' | 'declined' | 'busy' | null;
  readonly definition: JobDefinition;
}

export interface JobAttempt {
  readonly attempt: number;
  readonly agent: string;
  /** Epoch milliseconds. */
  readonly claimedAtMs: number;
  /** Epoch milliseconds. */
  readonly leaseUntilMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  readonly place: JobPlace | null;
}

export interface JobCounts {
  readonly created: number;
  readonly queued: number;
  readonly claimed: number;
  readonly running: number;
  readonly finished: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly dead: number;
}

export interface JobDefinition {
  /** `processor/profile`; null: an image, or the host. */
  readonly profile: string | null;
  /** A container image. */
  readonly image: string | null;
  readonly command: {
    readonly kind: 'argv';
    readonly argv: readonly string[];
  } | {
    readonly kind: 'script';
    /** Executed as a file. */
    readonly script: string;
    /** The script is its last argument. */
    readonly interpreter: readonly string[];
  } | null;
  readonly input: unknown;
  readonly files: readonly ({
    readonly kind: 'inline';
    readonly path: string;
    /** At most 64 KiB. */
    readonly contentBase64: string;
    readonly mode: number;
  } | {
    readonly kind: 'artifact';
    /** Where it is put. */
    readonly path: string;
    readonly artifact: string;
    /** A file of the artifact; null: all of it. */
    readonly file: string | null;
  })[];
  readonly env: Readonly<Record<string, string>>;
  /** Slots; other dimensions by name: `cpus` and `gpus` count devices, `mem` counts bytes. */
  readonly resources: {
    readonly slots: number;
  };
  /** Null: none of its own. */
  readonly timeLimitMs: number | null;
}

export interface JobHistory {
  readonly events: readonly Event[];
  /** `after` of the next question: everything up to here was looked at. */
  readonly nextAfter: number;
}

export interface JobOrder {
  readonly queue: string;
  /** For people. */
  readonly name: string | null;
  readonly priority: number;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly callbacks: readonly ({
    readonly on: readonly ('queued' | 'started' | 'finished')[];
    readonly url: string;
    /** Given back in the body. */
    readonly payload: unknown;
  })[];
  /** Group within the queue. */
  readonly supersedes: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Only this one will do. */
  readonly cluster: string | null;
  readonly outputResidence: 'hub' | 'cluster';
}

export interface JobPage {
  readonly jobs: readonly JobSummary[];
  /** Pass it as `cursor` for older ones; null at the end. */
  readonly nextCursor: string | null;
}

export interface JobPlace {
  /** Cluster of the agent. */
  readonly cluster: string | null;
  /** Node of the cluster. */
  readonly node: string | null;
  /** The run that the job is there. */
  readonly run: string | null;
}

export interface JobProgress {
  /** A word. */
  readonly phase: string | null;
  /** A sentence. */
  readonly message: string | null;
  /** 0 to 1. */
  readonly fraction: number | null;
}

export interface JobResult {
  readonly outcome: 'finished' | 'failed' | 'cancelled';
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Name of the signal. */
  readonly signal: string | null;
  /** What the job wrote to `output.json`. */
  readonly output: unknown;
  readonly stdoutTail: string;
  readonly stderrTail: string;
  /** The files that it left. */
  readonly outputArtifact: string | null;
  /** Its whole logs. */
  readonly logArtifact: string | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  /** Epoch milliseconds. */
  readonly endedAtMs: number;
  readonly place: JobPlace;
}

export interface JobResultSummary {
  readonly outcome: 'finished' | 'failed' | 'cancelled';
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Name of the signal. */
  readonly signal: string | null;
  /** The files that it left. */
  readonly outputArtifact: string | null;
  /** Its whole logs. */
  readonly logArtifact: string | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly startedAtMs: number | null;
  /** Epoch milliseconds. */
  readonly endedAtMs: number;
  readonly place: JobPlace;
}

export interface JobSummary {
  /** In the order of creation. */
  readonly id: string;
  readonly owner: string;
  /** SHA-256 of the canonical JSON of the definition. */
  readonly contentHash: string;
  readonly order: JobOrder;
  readonly status: 'created' | 'queued' | 'claimed' | 'running' | 'finished' | 'failed' | 'cancelled' | 'dead';
  readonly reason: 'exit' | 'signal' | 'time-limit' | 'user-cancelled' | 'superseded' | 'agent-lost' | 'infrastructure' | 'attempts-used-up' | null;
  /** A sentence. */
  readonly detail: string | null;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds; null when it has not happened. */
  readonly launchedAtMs: number | null;
  /** Epoch milliseconds; null when it has not happened. */
  readonly endedAtMs: number | null;
  readonly attempts: number;
  readonly attemptsAllowed: number;
  readonly attempt: JobAttempt | null;
  /** Epoch milliseconds. */
  readonly notBeforeMs: number;
  readonly cancelRequested: CancelRequest | null;
  readonly progress: JobProgress | null;
  readonly result: JobResultSummary | null;
  /** Why no agent has taken it yet; null when it does not wait for one. */
  readonly waitsFor: 'no-agent' | 'host-not-allowed' | 'too-large' | 'agent-silent' | 'draining' | 'declined' | 'busy' | null;
}

export interface NewApiKey {
  /** Whose; without it your own. */
  readonly user?: string | undefined;
  /** What it is for; for people. */
  readonly label?: string | undefined;
  /** Ends this many milliseconds from now; without it, when it is revoked. */
  readonly lifetimeMs?: number | undefined;
}

export interface NewArtifact {
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  /** Where the bytes lie; what is not `hub` is left in place. */
  readonly residence?: {
    readonly kind: 'hub';
  } | {
    readonly kind: 'path';
    /** Null: every cluster has it. */
    readonly cluster: string | null;
    /** Absolute. */
    readonly path: string;
  } | {
    readonly kind: 'url';
    readonly url: string;
  } | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export interface NewCredential {
  /** What it is for; for people. */
  readonly label?: string | undefined;
  /** Ends this many milliseconds from now; without it, when it is revoked. */
  readonly lifetimeMs?: number | undefined;
}

export interface NewUpload {
  readonly sizeBytes?: number | undefined;
}

export interface NewUser {
  readonly name: string;
  /** Each may what those before it may: viewer reads, editor submits, manager administers and sees what others own. */
  readonly role: 'viewer' | 'editor' | 'manager';
}

export interface NoteFiles {
  readonly files: readonly ({
    readonly path: string;
    readonly sha256?: string | undefined;
    readonly sizeBytes: number;
    readonly contentType?: string | undefined;
  })[];
}

export interface Nothing {}

export interface Overview {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  /** Whose key this is. */
  readonly user: string;
  readonly jobs: JobCounts;
  readonly agents: readonly AgentPresence[];
  /** Messages that wait, by queue; null while Redis is away. */
  readonly messages: Readonly<Record<string, number>> | null;
  readonly newestEvent: number;
  /** Whether the switch keeps the hub from taking jobs. */
  readonly isClosed: boolean;
}

/** A refusal; `code` says which one. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Names the thing, the expectation and the value. */
  readonly detail: string;
  /** Stable; documented in docs/errors.md. */
  readonly code: string;
  /** What to do about it. */
  readonly hint: string | null;
}

export interface Profile {
  readonly profile: string;
  readonly agents: readonly ProfileOffer[];
}

export interface ProfileList {
  readonly profiles: readonly Profile[];
}

export interface ProfileOffer {
  readonly agent: string;
  /** `processor/profile`, `image`, `build` or `host`. */
  readonly profile: string;
  readonly maxConcurrent: number;
  /** The most that one job may ask for. */
  readonly resources: {
    readonly slots: number;
  };
  /** The cluster that executes it. */
  readonly cluster: string | null;
}

export interface PutReader {
  /** The last event that was dealt with. */
  readonly after: number;
}

export interface Queue {
  readonly name: string;
  readonly jobs: JobCounts;
}

export interface QueueList {
  readonly queues: readonly Queue[];
}

export interface Reader {
  /** Letters, digits, . _ - */
  readonly name: string;
  readonly afterSeq: number;
  readonly atMs: number;
}

export interface Room {
  /** On nodes that are paid for. */
  readonly freeSlots: number;
  /** Free ones and those that nodes could be requested for. */
  readonly openSlots: number;
  /** When the next slot becomes free, as far as is known. */
  readonly nextFreeInMs: number | null;
  readonly isDraining: boolean;
}

export interface RotateCredential {
  /** What it is for; for people. */
  readonly label?: string | undefined;
  /** Ends this many milliseconds from now; without it, when it is revoked. */
  readonly lifetimeMs?: number | undefined;
  /** How long the present one still holds. */
  readonly overlapMs?: number | undefined;
}

export interface SetSwitch {
  readonly isClosed: boolean;
  /** For those who are refused. */
  readonly reason?: string | null | undefined;
}

export interface SubmitJob {
  /** Letters, digits, . _ - */
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  /** `processor/profile` that an agent offers. */
  readonly profile?: string | undefined;
  /** A container image of a registry, or git+https://host/repo.git#commit:folder, which is built from a Dockerfile; an agent has to offer the profile `image` or `build`. */
  readonly image?: string | undefined;
  /** Never shell text; a script names its interpreter. */
  readonly command?: {
    readonly kind: 'argv';
    readonly argv: readonly string[];
  } | {
    readonly kind: 'script';
    /** Executed as a file. */
    readonly script: string;
    /** The script is its last argument. */
    readonly interpreter: readonly string[];
  } | undefined;
  /** Any JSON; `input.json` in the folder of the job. */
  readonly input?: unknown | undefined;
  readonly files?: readonly ({
    readonly kind: 'inline';
    readonly path: string;
    /** At most 64 KiB. */
    readonly contentBase64: string;
    readonly mode: number;
  } | {
    readonly kind: 'artifact';
    /** Where it is put. */
    readonly path: string;
    readonly artifact: string;
    /** A file of the artifact; null: all of it. */
    readonly file: string | null;
  })[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Slots; other dimensions by name: `cpus` and `gpus` count devices, `mem` counts bytes. */
  readonly resources?: {
    readonly slots: number;
  } | undefined;
  readonly timeLimitMs?: number | undefined;
  /** Higher is earlier; 0 when left out. */
  readonly priority?: number | undefined;
  /** Attempts after the first that infrastructure errors and lost agents may use; 3 when left out. */
  readonly retries?: number | undefined;
  /** Before the second attempt; doubles with each. 30 s when left out. */
  readonly retryDelayMs?: number | undefined;
  readonly callbacks?: readonly ({
    readonly on: readonly ('queued' | 'started' | 'finished')[];
    readonly url: string;
    /** Given back in the body. */
    readonly payload: unknown;
  })[] | undefined;
  /** Answer your job of equal definition that is open or has finished, instead of a new one. */
  readonly dedupe?: 'content' | undefined;
  /** Within a queue your newest job of this group replaces the others. */
  readonly supersedes?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Only this cluster will do. */
  readonly cluster?: string | undefined;
  /** Where the files of the result are kept; `hub` when left out. */
  readonly outputResidence?: 'hub' | 'cluster' | undefined;
}

export interface Switch {
  /** Jobs are neither accepted nor offered. */
  readonly isClosed: boolean;
  /** For those who are refused. */
  readonly reason: string | null;
  readonly by: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

export interface Upload {
  readonly id: string;
  readonly sizeBytes: number | null;
  readonly offsetBytes: number;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
}

export interface User {
  readonly name: string;
  /** Each may what those before it may: viewer reads, editor submits, manager administers and sees what others own. */
  readonly role: 'viewer' | 'editor' | 'manager';
  readonly isDisabled: boolean;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
}

export interface UserList {
  readonly users: readonly User[];
}

export interface Webhook {
  readonly id: string;
  /** In the order of creation. */
  readonly job: string;
  readonly callback: number;
  readonly occasion: 'queued' | 'started' | 'finished';
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly state: 'pending' | 'delivered' | 'given-up';
  readonly tries: number;
  /** Of the last try. */
  readonly lastError: string | null;
}

export interface WebhookList {
  readonly webhooks: readonly Webhook[];
}

export interface WebhookSecret {
  /** Key of the HMAC-SHA256 in juqueue-signature. */
  readonly secret: string;
}

export interface Whoami {
  readonly name: string;
  /** Each may what those before it may: viewer reads, editor submits, manager administers and sees what others own. */
  readonly role: 'viewer' | 'editor' | 'manager';
  /** The id of the key. */
  readonly key: string;
}

/** What each operation takes and answers. */
export interface Operations {
  /** Submit a job; 200 with an earlier one when the idempotency key or the content is known. */
  submitJob: { readonly input: { readonly query?: { readonly launch?: boolean | undefined }; readonly body: SubmitJob }; readonly output: Job };
  /** Your jobs, newest first; of everybody for managers. */
  listJobs: { readonly input: { readonly query?: { readonly status?: readonly ('created' | 'queued' | 'claimed' | 'running' | 'finished' | 'failed' | 'cancelled' | 'dead')[] | undefined; readonly queue?: string | undefined; readonly owner?: string | undefined; readonly cursor?: string | undefined; readonly limit?: number | undefined } }; readonly output: JobPage };
  /** One job with its definition. */
  getJob: { readonly input: { readonly path: { readonly id: string } }; readonly output: Job };
  /** Remove a job that has ended, with its logs. */
  deleteJob: { readonly input: { readonly path: { readonly id: string } }; readonly output: Uint8Array };
  /** The result of a job that has ended; 409 before. */
  getJobResult: { readonly input: { readonly path: { readonly id: string } }; readonly output: JobResult };
  /** Put a created job into the queue. */
  launchJob: { readonly input: { readonly path: { readonly id: string } }; readonly output: JobSummary };
  /** End a job; what an agent executes ends when the agent has heard of it. */
  cancelJob: { readonly input: { readonly path: { readonly id: string } }; readonly output: JobSummary };
  /** Give a dead job as many attempts again. */
  retryJob: { readonly input: { readonly path: { readonly id: string } }; readonly output: JobSummary };
  /** Submit the same once more, also into another queue. */
  copyJob: { readonly input: { readonly path: { readonly id: string }; readonly body: CopyJob }; readonly output: Job };
  /** A part of a log; the header next-offset says where the next one begins, log-size how long the log is. */
  readJobLog: { readonly input: { readonly path: { readonly id: string }; readonly query?: { readonly stream?: 'stdout' | 'stderr' | undefined; readonly attempt?: number | undefined; readonly offset?: number | undefined; readonly limit?: number | undefined } }; readonly output: Uint8Array };
  /** A log as server-sent events, until the job has ended. */
  streamJobLog: { readonly input: { readonly path: { readonly id: string }; readonly query?: { readonly stream?: 'stdout' | 'stderr' | undefined; readonly attempt?: number | undefined; readonly offset?: number | undefined } }; readonly output: Uint8Array };
  /** Where the list of the files that a job left is. */
  listJobOutputs: { readonly input: { readonly path: { readonly id: string } }; readonly output: Uint8Array };
  /** Where a file that a job left is. */
  getJobOutput: { readonly input: { readonly path: { readonly id: string; readonly '*': string } }; readonly output: Uint8Array };
  /** What happened to your jobs since; waits for news when asked to; 410 when some of it is not kept any more. */
  listEvents: { readonly input: { readonly query?: { readonly after?: number | undefined; readonly reader?: string | undefined; readonly queue?: string | undefined; readonly limit?: number | undefined; readonly waitMs?: number | undefined } }; readonly output: EventPage };
  /** The same as server-sent events; goes on behind Last-Event-ID. */
  streamEvents: { readonly input: { readonly query?: { readonly after?: number | undefined; readonly reader?: string | undefined; readonly queue?: string | undefined } }; readonly output: Uint8Array };
  /** Everything that happened to a job: when, by whom. */
  getJobHistory: { readonly input: { readonly path: { readonly id: string }; readonly query?: { readonly after?: number | undefined; readonly limit?: number | undefined } }; readonly output: JobHistory };
  /** How far a reader of yours has come. */
  getReader: { readonly input: { readonly path: { readonly name: string } }; readonly output: Reader };
  /** Note how far a reader of yours has come. */
  putReader: { readonly input: { readonly path: { readonly name: string }; readonly body: PutReader }; readonly output: Reader };
  /** The hub in short: your jobs by status, agents, messages. */
  getOverview: { readonly input: {}; readonly output: Overview };
  /** Queues with jobs of yours, by status. */
  listQueues: { readonly input: {}; readonly output: QueueList };
  /** Agents, what they can execute, and how they are. */
  listAgents: { readonly input: {}; readonly output: AgentList };
  /** What can be executed, and by which agents. */
  listProfiles: { readonly input: {}; readonly output: ProfileList };
  /** Which callbacks of a job were made. */
  listJobWebhooks: { readonly input: { readonly path: { readonly id: string } }; readonly output: WebhookList };
  /** With what the callbacks of your jobs are signed. */
  getWebhookSecret: { readonly input: {}; readonly output: WebhookSecret };
  /** Everybody who has or had a key. */
  listUsers: { readonly input: {}; readonly output: UserList };
  /** Let somebody in; a key is issued apart. */
  addUser: { readonly input: { readonly body: NewUser }; readonly output: User };
  /** Change the role, or disable: the keys are refused from then on. */
  changeUser: { readonly input: { readonly path: { readonly name: string }; readonly body: ChangeUser }; readonly output: User };
  /** Keys of a user. */
  listKeys: { readonly input: { readonly query?: { readonly user?: string | undefined } }; readonly output: ApiKeyList };
  /** Issue a key, for yourself or as a manager for anybody. */
  issueKey: { readonly input: { readonly body: NewApiKey }; readonly output: IssuedApiKey };
  /** Revoke a key, from now on and for good. */
  revokeKey: { readonly input: { readonly path: { readonly id: string } }; readonly output: ApiKey };
  /** Agents that have or had credentials. */
  listCredentialAgents: { readonly input: {}; readonly output: CredentialAgents };
  /** Credentials of an agent. */
  listCredentials: { readonly input: { readonly path: { readonly name: string } }; readonly output: CredentialList };
  /** Issue the secret with which an agent signs. */
  issueCredential: { readonly input: { readonly path: { readonly name: string }; readonly body: NewCredential }; readonly output: IssuedCredential };
  /** Issue another secret; the present one holds a while longer. */
  rotateCredential: { readonly input: { readonly path: { readonly name: string }; readonly body: RotateCredential }; readonly output: IssuedCredential };
  /** Refuse this secret from now on. */
  revokeCredential: { readonly input: { readonly path: { readonly name: string; readonly credential: string } }; readonly output: Credential };
  /** Whose key this is. */
  whoami: { readonly input: {}; readonly output: Whoami };
  /** Whether the hub takes jobs. */
  getSwitch: { readonly input: {}; readonly output: Switch };
  /** Stop or let the hub accept and offer jobs; what runs goes on. */
  setSwitch: { readonly input: { readonly body: SetSwitch }; readonly output: Switch };
  /** Who changed what, newest first. */
  listAudit: { readonly input: { readonly query?: { readonly before?: number | undefined; readonly limit?: number | undefined } }; readonly output: Audit };
  /** Begin an artifact: files are sent to it, then it is committed. */
  createArtifact: { readonly input: { readonly body: NewArtifact }; readonly output: Artifact };
  /** Artifacts, newest first. */
  listArtifacts: { readonly input: { readonly query?: { readonly name?: string | undefined; readonly type?: string | undefined; readonly job?: string | undefined; readonly before?: string | undefined; readonly limit?: number | undefined } }; readonly output: ArtifactList };
  /** One artifact. */
  getArtifact: { readonly input: { readonly path: { readonly artifact: string } }; readonly output: Artifact };
  /** Delete an artifact that no open job needs; bytes that nothing else has are freed within the hour. */
  deleteArtifact: { readonly input: { readonly path: { readonly artifact: string } }; readonly output: Nothing };
  /** Make it immutable; the same again changes nothing. */
  commitArtifact: { readonly input: { readonly path: { readonly artifact: string }; readonly body: CommitArtifact }; readonly output: Artifact };
  /** Its files, by path. */
  listArtifactFiles: { readonly input: { readonly path: { readonly artifact: string }; readonly query?: { readonly prefix?: string | undefined; readonly after?: string | undefined; readonly limit?: number | undefined } }; readonly output: ArtifactFileList };
  /** Tell the files of a reference, whose bytes stay elsewhere. */
  noteArtifactFiles: { readonly input: { readonly path: { readonly artifact: string }; readonly body: NoteFiles }; readonly output: ArtifactFileList };
  /** Take a file out of an artifact that is not committed. */
  deleteArtifactFile: { readonly input: { readonly path: { readonly artifact: string; readonly '*': string } }; readonly output: Nothing };
  /** Send a file; with a Content-SHA256 header, bytes that have another hash are refused. */
  putArtifactFile: { readonly input: { readonly path: { readonly artifact: string; readonly '*': string }; readonly query?: { readonly upload?: string | undefined } }; readonly output: ArtifactFile };
  /** The bytes of a file, or a Range of them. */
  getArtifactFile: { readonly input: { readonly path: { readonly artifact: string; readonly '*': string } }; readonly output: Uint8Array };
  /** Begin to send a large file in several requests. */
  createUpload: { readonly input: { readonly body: NewUpload }; readonly output: Upload };
  /** How far an upload has come; HEAD says it in Upload-Offset. */
  getUpload: { readonly input: { readonly path: { readonly upload: string } }; readonly output: Upload };
  /** Give an upload up. */
  deleteUpload: { readonly input: { readonly path: { readonly upload: string } }; readonly output: Nothing };
  /** Send the next bytes; Upload-Offset says where they go on. */
  appendUpload: { readonly input: { readonly path: { readonly upload: string } }; readonly output: {} };
}

export type OperationId = keyof Operations;

/** Method and address of each operation. */
export const routes: { readonly [Id in OperationId]: { readonly method: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT'; readonly path: string } } = {
  submitJob: { method: 'POST', path: '/api/v1/jobs' },
  listJobs: { method: 'GET', path: '/api/v1/jobs' },
  getJob: { method: 'GET', path: '/api/v1/jobs/{id}' },
  deleteJob: { method: 'DELETE', path: '/api/v1/jobs/{id}' },
  getJobResult: { method: 'GET', path: '/api/v1/jobs/{id}/result' },
  launchJob: { method: 'POST', path: '/api/v1/jobs/{id}/launch' },
  cancelJob: { method: 'POST', path: '/api/v1/jobs/{id}/cancel' },
  retryJob: { method: 'POST', path: '/api/v1/jobs/{id}/retry' },
  copyJob: { method: 'POST', path: '/api/v1/jobs/{id}/copy' },
  readJobLog: { method: 'GET', path: '/api/v1/jobs/{id}/logs' },
  streamJobLog: { method: 'GET', path: '/api/v1/jobs/{id}/logs/stream' },
  listJobOutputs: { method: 'GET', path: '/api/v1/jobs/{id}/outputs' },
  getJobOutput: { method: 'GET', path: '/api/v1/jobs/{id}/outputs/{*}' },
  listEvents: { method: 'GET', path: '/api/v1/events' },
  streamEvents: { method: 'GET', path: '/api/v1/events/stream' },
  getJobHistory: { method: 'GET', path: '/api/v1/jobs/{id}/history' },
  getReader: { method: 'GET', path: '/api/v1/readers/{name}' },
  putReader: { method: 'PUT', path: '/api/v1/readers/{name}' },
  getOverview: { method: 'GET', path: '/api/v1/overview' },
  listQueues: { method: 'GET', path: '/api/v1/queues' },
  listAgents: { method: 'GET', path: '/api/v1/agents' },
  listProfiles: { method: 'GET', path: '/api/v1/profiles' },
  listJobWebhooks: { method: 'GET', path: '/api/v1/jobs/{id}/webhooks' },
  getWebhookSecret: { method: 'GET', path: '/api/v1/webhook-secret' },
  listUsers: { method: 'GET', path: '/api/v1/users' },
  addUser: { method: 'POST', path: '/api/v1/users' },
  changeUser: { method: 'PATCH', path: '/api/v1/users/{name}' },
  listKeys: { method: 'GET', path: '/api/v1/keys' },
  issueKey: { method: 'POST', path: '/api/v1/keys' },
  revokeKey: { method: 'DELETE', path: '/api/v1/keys/{id}' },
  listCredentialAgents: { method: 'GET', path: '/api/v1/credentials' },
  listCredentials: { method: 'GET', path: '/api/v1/agents/{name}/credentials' },
  issueCredential: { method: 'POST', path: '/api/v1/agents/{name}/credentials' },
  rotateCredential: { method: 'POST', path: '/api/v1/agents/{name}/credentials/rotate' },
  revokeCredential: { method: 'POST', path: '/api/v1/agents/{name}/credentials/{credential}/revoke' },
  whoami: { method: 'GET', path: '/api/v1/whoami' },
  getSwitch: { method: 'GET', path: '/api/v1/switch' },
  setSwitch: { method: 'PUT', path: '/api/v1/switch' },
  listAudit: { method: 'GET', path: '/api/v1/audit' },
  createArtifact: { method: 'POST', path: '/api/v1/artifacts' },
  listArtifacts: { method: 'GET', path: '/api/v1/artifacts' },
  getArtifact: { method: 'GET', path: '/api/v1/artifacts/{artifact}' },
  deleteArtifact: { method: 'DELETE', path: '/api/v1/artifacts/{artifact}' },
  commitArtifact: { method: 'POST', path: '/api/v1/artifacts/{artifact}/commit' },
  listArtifactFiles: { method: 'GET', path: '/api/v1/artifacts/{artifact}/files' },
  noteArtifactFiles: { method: 'POST', path: '/api/v1/artifacts/{artifact}/files' },
  deleteArtifactFile: { method: 'DELETE', path: '/api/v1/artifacts/{artifact}/files/{*}' },
  putArtifactFile: { method: 'PUT', path: '/api/v1/artifacts/{artifact}/files/{*}' },
  getArtifactFile: { method: 'GET', path: '/api/v1/artifacts/{artifact}/files/{*}' },
  createUpload: { method: 'POST', path: '/api/v1/uploads' },
  getUpload: { method: 'GET', path: '/api/v1/uploads/{upload}' },
  deleteUpload: { method: 'DELETE', path: '/api/v1/uploads/{upload}' },
  appendUpload: { method: 'PATCH', path: '/api/v1/uploads/{upload}' },
};
