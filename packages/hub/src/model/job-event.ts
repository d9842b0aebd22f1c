import type { JobOrder, JobNeeds, JobProgress, JobReason, JobResult, JobStatus } from './job.ts';

/** What happened to a job. Its state is the fold of these. */
export type JobEvent =
  | { readonly kind: 'created'; readonly owner: string; readonly contentHash: string; readonly order: JobOrder; readonly needs: JobNeeds }
  | { readonly kind: 'launched' }
  | { readonly kind: 'declined'; readonly attempt: number; readonly agent: string; readonly reason: string }
  | { readonly kind: 'claimed'; readonly attempt: number; readonly agent: string; readonly leaseUntilMs: number }
  | {
      readonly kind: 'started';
      readonly attempt: number;
      readonly run: string;
      readonly node: string | null;
      readonly cluster: string | null;
      readonly startedAtMs: number;
    }
  | { readonly kind: 'progress'; readonly attempt: number; readonly progress: JobProgress }
  | { readonly kind: 'lease-lost'; readonly attempt: number; readonly notBeforeMs: number }
  | { readonly kind: 'infrastructure-error'; readonly attempt: number; readonly message: string; readonly notBeforeMs: number }
  | { readonly kind: 'buried' }
  | { readonly kind: 'retried'; readonly attemptsAllowed: number }
  | { readonly kind: 'cancel-requested'; readonly by: string; readonly reason: 'user-cancelled' | 'superseded' }
  | { readonly kind: 'cancelled'; readonly reason: 'user-cancelled' | 'superseded' }
  | {
      readonly kind: 'completed';
      readonly attempt: number;
      readonly reason: Extract<JobReason, 'exit' | 'signal' | 'time-limit' | 'user-cancelled' | 'superseded'>;
      readonly result: JobResult;
    }
  | { readonly kind: 'deleted' };

export const jobEventKinds = [
  'created',
  'launched',
  'declined',
  'claimed',
  'started',
  'progress',
  'lease-lost',
  'infrastructure-error',
  'buried',
  'retried',
  'cancel-requested',
  'cancelled',
  'completed',
  'deleted',
] as const satisfies readonly JobEvent['kind'][];

/** A line of the record: what, when, by whom (`user:<name>`, `agent:<name>` or `hub`). */
export interface JobRecord {
  readonly job: string;
  readonly atMs: number;
  readonly actor: string;
  readonly event: JobEvent;
}

/** As it was stored: with its place in the record, and the status that the job had after it. */
export interface StoredJobRecord extends JobRecord {
  readonly seq: number;
  readonly queue: string;
  readonly owner: string;
  readonly status: JobStatus;
}
