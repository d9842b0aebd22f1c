import { isFinal, isHeld } from '../model/job.ts';
import type { JobState } from '../model/job.ts';
import { events, refused, unchanged } from './decision.ts';
import type { Decision } from './decision.ts';

/** Launching a job that was launched before changes nothing, whatever has become of it. */
export function decideLaunch(job: JobState): Decision {
  if (job.launchedAtMs !== null) return unchanged;
  if (job.status !== 'created')
    return refused('JQ_JOB_STATE', `Job ${job.id} is ${job.status}, expected created.`, 'Submit it anew, or copy it.');
  return events({ kind: 'launched' });
}

/** What an agent holds is asked to end; everything else that is not final ends at once. A job that has ended stays as it is. */
export function decideCancel(job: JobState, by: string, reason: 'user-cancelled' | 'superseded'): Decision {
  if (job.status === 'dead') return events({ kind: 'cancelled', reason });
  if (isFinal(job.status) || job.cancelRequested !== null) return unchanged;
  if (isHeld(job.status)) return events({ kind: 'cancel-requested', by, reason });
  return events({ kind: 'cancelled', reason });
}

/** A dead job gets as many attempts as it had at first. */
export function decideRetry(job: JobState): Decision {
  if (job.status === 'dead') return events({ kind: 'retried', attemptsAllowed: job.attempts + 1 + job.order.retries });
  if (!isFinal(job.status)) return unchanged;
  return refused(
    'JQ_JOB_STATE',
    `Job ${job.id} is ${job.status}, expected dead: only what the infrastructure failed is retried.`,
    'Copy it to have it executed once more: POST /jobs/{id}/copy.',
  );
}

export function decideDelete(job: JobState): Decision {
  if (!isFinal(job.status))
    return refused('JQ_JOB_STATE', `Job ${job.id} is ${job.status}, expected one that has ended.`, 'Cancel it first.');
  return events({ kind: 'deleted' });
}

/** Open jobs of the same owner, queue and group that the new one replaces. */
export function supersededBy(job: JobState, others: Iterable<JobState>): readonly JobState[] {
  const { supersedes, queue } = job.order;
  if (supersedes === null) return [];
  return [...others].filter(
    (other) =>
      other.id !== job.id &&
      other.owner === job.owner &&
      other.order.queue === queue &&
      other.order.supersedes === supersedes &&
      !isFinal(other.status) &&
      other.cancelRequested === null,
  );
}
