import type { World } from '../evolve/world.ts';

/** Sentences about images that runs wait for. */
export function imageNotices({ images }: World): readonly string[] {
  return [...images.waiting].map(([image, because]) => `Runs wait for the image ${image}: ${because}.`);
}
