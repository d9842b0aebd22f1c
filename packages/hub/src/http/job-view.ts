import type { Hub } from '../hub.ts';
import type { Job, JobDefinition, JobResultSummary, JobState, ListedJob } from '../model/job.ts';

/** A job in lists: with the lease as it is now, without what its result may have that is long. */
export function jobSummary(hub: Hub, { needs: _needs, result, ...job }: ListedJob) {
  return { ...job, ...live(hub, job), result: result === null ? null : resultSummary(result) };
}

/** All of a job. */
export function jobView(hub: Hub, { needs: _needs, ...job }: JobState, definition: JobDefinition) {
  return { ...job, ...live(hub, job), definition };
}

/** As agents get it. */
export function jobForAgent({ needs: _needs, ...job }: JobState, definition: JobDefinition): Job {
  return { ...job, definition };
}

function live(hub: Hub, { id, attempt }: Pick<JobState, 'id' | 'attempt'>) {
  const leaseUntilMs = hub.leases.untilMs(id);
  return {
    attempt: attempt === null || leaseUntilMs === null ? attempt : { ...attempt, leaseUntilMs },
    waitsFor: hub.dispatcher.obstacleOf(id),
  };
}

function resultSummary({
  outcome,
  exitCode,
  signal,
  outputArtifact,
  logArtifact,
  startedAtMs,
  endedAtMs,
  place,
}: JobResultSummary): JobResultSummary {
  return { outcome, exitCode, signal, outputArtifact, logArtifact, startedAtMs, endedAtMs, place };
}
