import type { JobStatus } from '../model/job.ts';

/**
 * The life of a job.
 *
 * A job is *created*, and *queued* when it is launched. An agent that claims it makes it *claimed*, the start of its run
 * *running*. From both it returns to *queued* when the lease is lost or the agent tells of an infrastructure error; a run
 * that ends very soon is completed straight from *claimed*. With its attempts used up a queued job is *dead*, until a person
 * retries it. A completion makes a job that is held *finished*, *failed* or *cancelled*; so does the completion of a lost attempt
 * while the job is queued and nobody has claimed it since. What nobody holds is *cancelled* at once.
 */
const edges: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  created: ['queued', 'cancelled'],
  queued: ['claimed', 'dead', 'cancelled', 'finished', 'failed'],
  claimed: ['running', 'queued', 'finished', 'failed', 'cancelled'],
  running: ['queued', 'finished', 'failed', 'cancelled'],
  dead: ['queued', 'cancelled', 'finished', 'failed'],
  finished: [],
  failed: [],
  cancelled: [],
};

/** Throws with both names when a job cannot go from the one to the other. */
export function checkTransition(job: string, from: JobStatus, to: JobStatus): void {
  if (from !== to && !edges[from].includes(to)) throw new Error(`job ${job} cannot go from ${from} to ${to}`);
}
