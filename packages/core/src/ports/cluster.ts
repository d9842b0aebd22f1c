import type { Allocation } from '../model/allocation.ts';
import type { ClusterDefinition, ResourceVector } from '../model/definition.ts';
import type { AllocationId } from '../model/ids.ts';

/** What to submit. `token` makes the job's name unique; it was recorded before this request. */
export interface AllocationRequest {
  readonly allocation: AllocationId;
  readonly token: string;
  readonly slots: number;
  readonly resources: ResourceVector;
  readonly walltimeMs: number | null;
  /** Machines that should not be given, by the cluster's own names. A wish: a cluster that has no others gives one of them. */
  readonly avoidedHosts: readonly string[];
}

/**
 * `unknown` is not a failure: the cluster may have the job. Only polls that do not know its token decide that.
 * `held-back` is a limit that passes by itself (submit limits); `refused` needs a person.
 */
export type SubmitOutcome =
  | { readonly kind: 'submitted'; readonly jobId: string }
  | { readonly kind: 'held-back'; readonly message: string }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

/** What the cluster knows of one allocation, named by the token of its request. Times are epoch milliseconds. */
export interface AllocationReport {
  readonly token: string;
  readonly jobId: string;
  readonly state: 'waiting' | 'running' | 'ended';
  readonly stateText: string;
  readonly waitingFor: string | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly host: string | null;
  /** Whether start and end are the cluster's final word for the bill. */
  readonly isConfirmed: boolean;
}

/** `missing` lists tokens of which a successful poll knew nothing at all. A failed poll says nothing about any job. */
export type PollOutcome =
  | { readonly kind: 'answered'; readonly reports: readonly AllocationReport[]; readonly missing: readonly string[] }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * A source of nodes. Implementations never throw for what a cluster may answer, never retry by themselves, and return
 * within their own hard time limits.
 */
export interface ClusterPort {
  readonly definition: ClusterDefinition;
  submit(request: AllocationRequest): Promise<SubmitOutcome>;
  poll(allocations: readonly Allocation[]): Promise<PollOutcome>;
  /** Ends allocations, waiting or running; with success it is a request taken, not yet an end. */
  cancel(allocations: readonly Allocation[]): Promise<{ readonly kind: 'taken' } | { readonly kind: 'failed'; readonly message: string }>;
  /** How long the cluster may be left unasked while it has allocations. */
  readonly pollIntervalMs: number;
  [Symbol.asyncDispose](): Promise<void>;
}
