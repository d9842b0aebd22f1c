import type { JobDefinition, JobNeeds, JobOrder } from '../model/job.ts';

/** What an agent must offer: the profile that the job names, any image, or the host without a container. */
export function needsOf({ profile, image, resources }: JobDefinition, { cluster }: JobOrder): JobNeeds {
  return { profile: profile ?? (image === null ? 'host' : 'image'), resources, cluster };
}
