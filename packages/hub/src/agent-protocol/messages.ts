import type { ResourceVector } from '@juqueue/core';
import type { Job, JobProgress, JobResult } from '../model/job.ts';

/** What an agent can execute. */
export interface Capability {
  /** `processor/profile`, `image` for any container image, `host` for commands without a container. */
  readonly profile: string;
  readonly maxConcurrent: number;
  /** The most that one job may ask for. */
  readonly resources: ResourceVector;
  readonly cluster: string | null;
}

export interface Registration {
  readonly hostname: string;
  readonly version: string;
  readonly capabilities: readonly Capability[];
  /** Users of the hub whose jobs may run without a container. */
  readonly hostUsers: readonly string[];
}

/** What an agent could take now. */
export interface Room {
  /** Slots that are free on nodes already paid for. */
  readonly freeSlots: number;
  /** Free slots and those that nodes could still be requested for. */
  readonly openSlots: number;
  /** When the next slot becomes free, as far as is known. */
  readonly nextFreeInMs: number | null;
  readonly isDraining: boolean;
}

export type AgentMessage =
  | { readonly id: string; readonly kind: 'offer'; readonly job: string; readonly attempt: number }
  | { readonly id: string; readonly kind: 'cancel'; readonly job: string; readonly attempt: number };

export interface PullRequest {
  readonly max: number;
  readonly waitMs: number;
  readonly room: Room;
}

export type PullAnswer = { readonly messages: readonly AgentMessage[] };

export interface ClaimAnswer {
  readonly job: Job;
  readonly attempt: number;
  readonly leaseUntilMs: number;
  /** From now on, by the hub's clock; what the agent counts with its own. */
  readonly leaseMs: number;
}

export interface HeldJob {
  readonly job: string;
  readonly attempt: number;
}

export interface RenewRequest {
  readonly held: readonly HeldJob[];
  readonly room: Room;
}

/** Jobs in none of the lists are unknown to the hub and treated as lost. */
export interface RenewAnswer {
  readonly leaseMs: number;
  readonly renewed: readonly HeldJob[];
  /** Given away or over: their runs are to be cancelled. */
  readonly lost: readonly HeldJob[];
  /** Still held; their owner wants them to end. */
  readonly cancelled: readonly HeldJob[];
}

export interface StartedReport {
  readonly run: string;
  readonly node: string | null;
  readonly cluster: string | null;
  readonly startedAtMs: number;
}

export type ProgressReport = JobProgress;

/** An agent knows that a run was cancelled; for whom, when the hub asked for it, the hub knows. */
export type CompletionReport = JobResult & { readonly reason: 'exit' | 'signal' | 'time-limit' | 'user-cancelled' };

export interface InfrastructureReport {
  readonly message: string;
}
