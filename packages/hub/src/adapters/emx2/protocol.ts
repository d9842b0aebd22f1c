import { JuqueueError } from '@juqueue/core';
import type { JobState } from '../../model/job.ts';

export const apiVersion = '2025-01';

export const emx2Statuses = ['PENDING', 'CLAIMED', 'SUBMITTED', 'STARTED', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type Emx2Status = (typeof emx2Statuses)[number];

const edges: Readonly<Record<Emx2Status, readonly Emx2Status[]>> = {
  PENDING: ['CLAIMED', 'CANCELLED'],
  CLAIMED: ['SUBMITTED', 'FAILED', 'CANCELLED'],
  SUBMITTED: ['STARTED', 'FAILED', 'CANCELLED'],
  STARTED: ['COMPLETED', 'FAILED', 'CANCELLED'],
  COMPLETED: [],
  FAILED: [],
  CANCELLED: [],
};

export function mayFollow(from: Emx2Status, to: Emx2Status): boolean {
  return edges[from].includes(to);
}

export function isTerminal(status: Emx2Status): boolean {
  return edges[status].length === 0;
}

/** What EMX2 tells of a job and the hub has no word for. */
export interface JobNote {
  /** Of which attempt; a later one begins anew. */
  readonly attempt: number;
  readonly submittedAtMs: number | null;
  readonly slurmJobId: string | null;
  readonly detail: string | null;
}

/** A worker, as it registered. */
export interface WorkerNote {
  readonly hostname: string | null;
  readonly registeredAtMs: number;
  readonly heardAtMs: number;
  readonly capabilities: readonly WorkerCapability[];
}

export interface WorkerCapability {
  readonly processor: string;
  readonly profile: string;
  readonly maxConcurrentJobs: number;
}

export const adapterName = 'emx2';

/** What a job of the hub is for EMX2. */
export function emx2Status({ status, attempt, cancelRequested }: JobState, note: JobNote | null): Emx2Status {
  switch (status) {
    case 'created':
    case 'queued':
      return 'PENDING';
    case 'claimed':
      if (cancelRequested !== null) return 'CANCELLED';
      return note?.attempt === attempt?.attempt && note?.submittedAtMs !== null && note !== null ? 'SUBMITTED' : 'CLAIMED';
    case 'running':
      return cancelRequested === null ? 'STARTED' : 'CANCELLED';
    case 'finished':
      return 'COMPLETED';
    case 'failed':
    case 'dead':
      return 'FAILED';
    case 'cancelled':
      return 'CANCELLED';
  }
}

/** Processor and profile in the hub's name of a profile. The processor may contain `:`, and the profile begins behind the last `/`. */
export function processorAndProfile(profile: string): { readonly processor: string; readonly profile: string } {
  const at = profile.lastIndexOf('/');
  return { processor: profile.slice(0, at), profile: profile.slice(at + 1) };
}

export function profileName(processor: string, profile: string): string {
  if (processor === '' || profile.includes('/'))
    throw new JuqueueError(
      'JQ_BAD_REQUEST',
      `processor '${processor}' with profile '${profile}': expected a processor, and a profile without '/'.`,
    );
  return `${processor}/${profile}`;
}

export interface Link {
  readonly href: string;
  readonly method: string;
}

export function jobLinks(id: string, status: Emx2Status): Readonly<Record<string, Link>> {
  const base = `/api/hpc/jobs/${id}`;
  const link = (path: string, method: string): Link => ({ href: `${base}${path}`, method });
  const forward: Readonly<Record<Emx2Status, readonly (readonly [string, Link])[]>> = {
    PENDING: [
      ['claim', link('/claim', 'POST')],
      ['cancel', link('/cancel', 'POST')],
    ],
    CLAIMED: [
      ['submit', link('/transition', 'POST')],
      ['cancel', link('/cancel', 'POST')],
    ],
    SUBMITTED: [
      ['start', link('/transition', 'POST')],
      ['cancel', link('/cancel', 'POST')],
    ],
    STARTED: [
      ['complete', link('/complete', 'POST')],
      ['fail', link('/complete', 'POST')],
      ['cancel', link('/cancel', 'POST')],
    ],
    COMPLETED: [],
    FAILED: [],
    CANCELLED: [],
  };
  return Object.fromEntries([['self', link('', 'GET')], ...forward[status], ['transitions', link('/transitions', 'GET')]]);
}

export function iso(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
