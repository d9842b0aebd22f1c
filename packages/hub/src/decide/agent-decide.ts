import type { CompletionReport, StartedReport } from '../agent-protocol/messages.ts';
import type { HubTimes } from '../model/hub-times.ts';
import type { JobEvent } from '../model/job-event.ts';
import { isFinal, isHeld } from '../model/job.ts';
import type { JobProgress, JobState } from '../model/job.ts';
import { events, refused, unchanged } from './decision.ts';
import type { Decision } from './decision.ts';

/** Whether the agent holds this attempt of the job under a lease. */
export function holds(job: JobState, attempt: number, agent: string): boolean {
  return isHeld(job.status) && job.attempt?.attempt === attempt && job.attempt.agent === agent;
}

/** A repeated claim of the attempt that the agent holds is answered like the first one. */
export function decideClaim(job: JobState, attempt: number, agent: string, nowMs: number, times: HubTimes): Decision {
  if (holds(job, attempt, agent)) return unchanged;
  if (job.status !== 'queued' || attempt !== job.attempts + 1 || job.notBeforeMs > nowMs) return attemptOver(job, attempt);
  return events({ kind: 'claimed', attempt, agent, leaseUntilMs: nowMs + times.leaseMs });
}

export function decideStarted(job: JobState, attempt: number, agent: string, report: StartedReport): Decision {
  if (!holds(job, attempt, agent)) return attemptOver(job, attempt);
  if (job.status === 'running' && job.attempt?.place?.run === report.run) return unchanged;
  const { run, node, cluster, startedAtMs } = report;
  return events({ kind: 'started', attempt, run, node, cluster, startedAtMs });
}

export function decideProgress(job: JobState, attempt: number, agent: string, progress: JobProgress): Decision {
  if (!holds(job, attempt, agent)) return attemptOver(job, attempt);
  const { progress: known } = job;
  if (known !== null && known.phase === progress.phase && known.message === progress.message && known.fraction === progress.fraction)
    return unchanged;
  return events({ kind: 'progress', attempt, progress });
}

/**
 * The first completion of a job stands. It is also taken from an attempt whose lease was lost while nobody has claimed the job
 * since: what it did need not be done again. A repeated one of the same attempt changes nothing. Why a job was cancelled the hub
 * knows better than the agent, which was only told to end it.
 */
export function decideCompletion(job: JobState, attempt: number, agent: string, { reason, ...result }: CompletionReport): Decision {
  const isLast = job.attempt?.attempt === attempt && job.attempt.agent === agent;
  if (!isLast) return attemptOver(job, attempt);
  if (job.result !== null) return unchanged;
  if (isFinal(job.status) && job.status !== 'dead') return attemptOver(job, attempt);
  if (!isHeld(job.status) && result.outcome === 'cancelled') return attemptOver(job, attempt);
  const asked = result.outcome === 'cancelled' ? job.cancelRequested : null;
  return events({ kind: 'completed', attempt, reason: asked?.reason ?? reason, result });
}

/** The agent cannot execute it: another attempt after a while, which doubles with each, or none is left. */
export function decideInfrastructureError(job: JobState, attempt: number, agent: string, message: string, nowMs: number): Decision {
  if (!holds(job, attempt, agent)) return attemptOver(job, attempt);
  const delayMs = Math.min(longestRetryDelayMs, job.order.retryDelayMs * 2 ** (attempt - 1));
  return events({ kind: 'infrastructure-error', attempt, message, notBeforeMs: nowMs + delayMs }, ...afterLoss(job));
}

/** Given away only when the agent's own deadline has surely passed. */
export function decideLeaseEnd(job: JobState, nowMs: number, times: HubTimes): Decision {
  if (!isHeld(job.status) || job.attempt === null) return unchanged;
  return events({ kind: 'lease-lost', attempt: job.attempt.attempt, notBeforeMs: nowMs + times.fenceMs }, ...afterLoss(job));
}

/** What follows when an attempt ended without a result: a wish to cancel is fulfilled, used up attempts bury the job. */
function afterLoss(job: JobState): readonly JobEvent[] {
  if (job.cancelRequested !== null) return [{ kind: 'cancelled', reason: job.cancelRequested.reason }];
  return job.attempts >= job.attemptsAllowed ? [{ kind: 'buried' }] : [];
}

function attemptOver(job: JobState, attempt: number): Decision {
  const present = job.attempt === null ? 'it has none' : `its attempt is ${job.attempt.attempt} of agent ${job.attempt.agent}`;
  return refused(
    'JQ_ATTEMPT_OVER',
    `Attempt ${attempt} of job ${job.id} is not this agent's to speak of: the job is ${job.status}, ${present}.`,
    'End the run of that attempt and forget it.',
  );
}

/** Nobody waits longer than this for an infrastructure that has recovered. */
const longestRetryDelayMs = 3_600_000;
