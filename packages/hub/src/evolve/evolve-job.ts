import type { JobEvent, JobRecord } from '../model/job-event.ts';
import type { JobReason, JobState, JobStatus } from '../model/job.ts';
import { checkTransition } from './job-transitions.ts';

/** The job after the event. `before` is null for its creation only. Throws where the table of transitions has no such edge. */
export function evolveJob(before: JobState | null, { job, atMs, event }: JobRecord): JobState {
  if (before === null) {
    if (event.kind !== 'created') throw new Error(`job ${job} begins with ${event.kind}, expected created`);
    return createdJob(job, atMs, event);
  }
  const after = { ...before, ...changes(before, atMs, event) };
  checkTransition(job, before.status, after.status);
  return after;
}

function changes(before: JobState, atMs: number, event: JobEvent): Partial<JobState> {
  switch (event.kind) {
    case 'created':
      throw new Error(`job ${before.id} is created twice`);
    case 'launched':
      return { status: 'queued', launchedAtMs: atMs, notBeforeMs: atMs };
    case 'claimed':
      return {
        ...because('claimed', null, null),
        attempts: event.attempt,
        attempt: {
          attempt: event.attempt,
          agent: event.agent,
          claimedAtMs: atMs,
          leaseUntilMs: event.leaseUntilMs,
          startedAtMs: null,
          place: null,
        },
        progress: null,
      };
    case 'started':
      return {
        status: 'running',
        attempt:
          before.attempt === null
            ? null
            : { ...before.attempt, startedAtMs: event.startedAtMs, place: { cluster: event.cluster, node: event.node, run: event.run } },
      };
    case 'progress':
      return { progress: event.progress };
    case 'lease-lost':
      return {
        ...because('queued', 'agent-lost', `the lease of attempt ${event.attempt} ended without a renewal`),
        notBeforeMs: event.notBeforeMs,
      };
    case 'infrastructure-error':
      return { ...because('queued', 'infrastructure', event.message), notBeforeMs: event.notBeforeMs };
    case 'buried':
      return { status: 'dead', reason: 'attempts-used-up', endedAtMs: atMs };
    case 'retried':
      return { ...because('queued', null, null), attemptsAllowed: event.attemptsAllowed, notBeforeMs: atMs, endedAtMs: null };
    case 'cancel-requested':
      return { cancelRequested: { by: event.by, reason: event.reason, atMs } };
    case 'cancelled':
      return { ...because('cancelled', event.reason, null), endedAtMs: atMs };
    case 'completed':
      return {
        ...because(
          event.result.outcome,
          event.reason,
          event.reason === 'user-cancelled' && before.cancelRequested === null ? 'cancelled on the cluster' : null,
        ),
        result: event.result,
        endedAtMs: atMs,
      };
    case 'declined':
    case 'deleted':
      return {};
  }
}

function because(status: JobStatus, reason: JobReason | null, detail: string | null): Pick<JobState, 'status' | 'reason' | 'detail'> {
  return { status, reason, detail };
}

function createdJob(id: string, atMs: number, { owner, contentHash, order, needs }: Extract<JobEvent, { kind: 'created' }>): JobState {
  return {
    id,
    owner,
    contentHash,
    order,
    needs,
    ...because('created', null, null),
    createdAtMs: atMs,
    launchedAtMs: null,
    endedAtMs: null,
    attempts: 0,
    attemptsAllowed: 1 + order.retries,
    attempt: null,
    notBeforeMs: atMs,
    cancelRequested: null,
    progress: null,
    result: null,
  };
}
