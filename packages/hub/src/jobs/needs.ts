import { buildCapability, hostCapability, imageCapability } from '@juqueue/core';
import { isBuild } from '../model/build-reference.ts';
import type { JobDefinition, JobNeeds, JobOrder } from '../model/job.ts';

/** What an agent must offer: the profile that the job names, any image, images from repositories, or the host without a container. */
export function needsOf({ profile, image, resources }: JobDefinition, { cluster }: JobOrder): JobNeeds {
  return { profile: profile ?? (image === null ? hostCapability : isBuild(image) ? buildCapability : imageCapability), resources, cluster };
}
