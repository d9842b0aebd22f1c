import type { EventRetention } from '../model/event-retention.ts';
import type { JobRecord, StoredJobRecord } from '../model/job-event.ts';
import type { JobDefinition, JobState, JobStatus } from '../model/job.ts';

/** Events of one job that belong together, with what lists read afterwards: all of it or nothing becomes durable. */
export interface JobChange {
  readonly job: string;
  readonly records: readonly JobRecord[];
  /** After the events; null when the job is deleted. */
  readonly state: JobState | null;
  /** The status after each event. */
  readonly statuses: readonly JobStatus[];
  readonly owner: string;
  readonly queue: string;
  /** Of a new job. */
  readonly definition: JobDefinition | null;
  readonly idempotency: IdempotencyRow | null;
  readonly webhooks: readonly WebhookRow[];
}

export interface IdempotencyRow {
  readonly owner: string;
  readonly key: string;
  readonly bodyHash: string;
  readonly job: string;
  readonly atMs: number;
}

export const webhookOccasions = ['queued', 'started', 'finished'] as const;
export type WebhookOccasion = (typeof webhookOccasions)[number];

/** A call that the hub owes somebody outside. */
export interface WebhookRow {
  readonly id: string;
  readonly job: string;
  /** Which of the job's callbacks. */
  readonly callback: number;
  readonly occasion: WebhookOccasion;
  readonly atMs: number;
}

export interface WebhookView extends WebhookRow {
  readonly state: 'pending' | 'delivered' | 'given-up';
  readonly tries: number;
  readonly lastError: string | null;
}

/** Which jobs a list holds. Null: of all. */
export interface JobQuestion {
  readonly owner: string | null;
  readonly queue: string | null;
  readonly statuses: readonly JobStatus[] | null;
  /** Older than this one; newest first. */
  readonly before: string | null;
  readonly limit: number;
}

export interface EventQuestion {
  readonly afterSeq: number;
  readonly owner: string | null;
  readonly queue: string | null;
  readonly limit: number;
}

export interface JobEventQuestion {
  readonly job: string;
  readonly afterSeq: number;
  readonly limit: number;
}

export interface EventPage {
  readonly events: readonly StoredJobRecord[];
  /** Where the next question goes on. */
  readonly nextAfter: number;
}

export interface PruneStep {
  readonly afterSeq: number;
  readonly nowMs: number;
  readonly retention: EventRetention;
}

export interface StoreWorkerData {
  readonly folder: string;
  /** One thread writes; the others read beside it. */
  readonly isWriter: boolean;
}
