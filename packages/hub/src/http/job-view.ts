import type { Hub } from '../hub.ts';
import type { Job, JobDefinition, JobState } from '../model/job.ts';

/** A job in lists and answers, with the lease as it is now. */
export function jobSummary(hub: Hub, { needs: _needs, ...job }: JobState) {
  const leaseUntilMs = hub.leases.untilMs(job.id);
  return {
    ...job,
    attempt: job.attempt === null || leaseUntilMs === null ? job.attempt : { ...job.attempt, leaseUntilMs },
    waitsFor: hub.dispatcher.obstacleOf(job.id),
  };
}

export function jobView(hub: Hub, job: JobState, definition: JobDefinition) {
  return { ...jobSummary(hub, job), definition };
}

/** As agents get it. */
export function jobForAgent({ needs: _needs, ...job }: JobState, definition: JobDefinition): Job {
  return { ...job, definition };
}
