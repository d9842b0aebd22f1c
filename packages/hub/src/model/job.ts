import type { ResourceVector } from '@juqueue/core';

export const jobStatuses = ['created', 'queued', 'claimed', 'running', 'finished', 'failed', 'cancelled', 'dead'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** Why a job is in its status, beyond what the status says. */
export const jobReasons = [
  'exit',
  'signal',
  'time-limit',
  'user-cancelled',
  'superseded',
  'agent-lost',
  'infrastructure',
  'attempts-used-up',
] as const;
export type JobReason = (typeof jobReasons)[number];

export type JobCommand =
  | { readonly kind: 'argv'; readonly argv: readonly string[] }
  /** Executed by `interpreter` with the script as a file. */
  | { readonly kind: 'script'; readonly script: string; readonly interpreter: readonly string[] };

/** A file that the job finds in its folder. Paths are relative and stay below it. */
export type JobFile =
  | { readonly kind: 'inline'; readonly path: string; readonly contentBase64: string; readonly mode: number }
  | { readonly kind: 'artifact'; readonly path: string; readonly artifact: string; readonly file: string | null };

export interface JobCallback {
  readonly on: readonly ('queued' | 'started' | 'finished')[];
  readonly url: string;
  /** Given back in the body. */
  readonly payload: unknown;
  /** Stand in the body itself, where receivers of other systems look for them. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** What is to be executed. Two jobs with equal definitions would give equal results. */
export interface JobDefinition {
  /** `processor/profile`; the processor may contain `:`. Null: an image or the host. */
  readonly profile: string | null;
  readonly image: string | null;
  readonly command: JobCommand | null;
  /** Given to the run as `input.json` in its folder. */
  readonly input: unknown;
  readonly files: readonly JobFile[];
  readonly env: Readonly<Record<string, string>>;
  readonly resources: ResourceVector;
  readonly timeLimitMs: number | null;
}

/** How and for whom it is executed. */
export interface JobOrder {
  readonly queue: string;
  readonly name: string | null;
  readonly priority: number;
  /** Attempts after the first that infrastructure errors and lost agents may use. */
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly callbacks: readonly JobCallback[];
  /** Within a queue the newest job of a group supersedes the others. */
  readonly supersedes: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Cluster, when only that one will do. */
  readonly cluster: string | null;
  readonly outputResidence: 'hub' | 'cluster';
}

export interface JobResult {
  readonly outcome: 'finished' | 'failed' | 'cancelled';
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** What the run wrote to `output.json`. */
  readonly output: unknown;
  readonly stdoutTail: string;
  readonly stderrTail: string;
  /** Committed artifacts. */
  readonly outputArtifact: string | null;
  readonly logArtifact: string | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number;
  readonly place: JobPlace;
}

/** Where a job runs: cluster, node, and the run that it is there. */
export interface JobPlace {
  readonly cluster: string | null;
  readonly node: string | null;
  readonly run: string | null;
}

export interface JobAttempt {
  readonly attempt: number;
  readonly agent: string;
  readonly claimedAtMs: number;
  readonly leaseUntilMs: number;
  readonly startedAtMs: number | null;
  /** Where it runs; null before its start was told. */
  readonly place: JobPlace | null;
}

export interface JobProgress {
  readonly phase: string | null;
  readonly message: string | null;
  /** 0 to 1. */
  readonly fraction: number | null;
}

export interface Job {
  /** UUID of version 7: in the order of creation. */
  readonly id: string;
  readonly owner: string;
  readonly definition: JobDefinition;
  /** SHA-256 of the canonical JSON of the definition. */
  readonly contentHash: string;
  readonly order: JobOrder;
  readonly status: JobStatus;
  readonly reason: JobReason | null;
  readonly detail: string | null;
  readonly createdAtMs: number;
  readonly launchedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** Claims so far. */
  readonly attempts: number;
  /** The number of the last attempt that there may be; a retry by a person raises it. */
  readonly attemptsAllowed: number;
  /** The present or last one. */
  readonly attempt: JobAttempt | null;
  /** Not offered before this instant. */
  readonly notBeforeMs: number;
  readonly cancelRequested: { readonly by: string; readonly reason: 'user-cancelled' | 'superseded'; readonly atMs: number } | null;
  readonly progress: JobProgress | null;
  readonly result: JobResult | null;
}

/** What an agent must offer to execute a job. */
export interface JobNeeds {
  /** As in `Capability`: `processor/profile`, `image`, `build` or `host`. */
  readonly profile: string;
  readonly resources: ResourceVector;
  readonly cluster: string | null;
}

/** A job without what only its agent needs: what the hub keeps in memory while the job is open. */
export type JobState = Omit<Job, 'definition'> & { readonly needs: JobNeeds };

export const finalStatuses = ['finished', 'failed', 'cancelled', 'dead'] as const satisfies readonly JobStatus[];

/** Dead jobs are final until somebody retries them. */
export function isFinal(status: JobStatus): boolean {
  return finalStatuses.some((each) => each === status);
}

/** An agent holds it under a lease. */
export function isHeld(status: JobStatus): boolean {
  return status === 'claimed' || status === 'running';
}

/** A result without what may be long. */
export type JobResultSummary = Omit<JobResult, 'output' | 'stdoutTail' | 'stderrTail'>;

/** A job as lists have it. */
export type ListedJob = Omit<JobState, 'result'> & { readonly result: JobResultSummary | null };
