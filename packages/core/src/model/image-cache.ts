import { hash } from 'node:crypto';
import type { ContainerDefinition } from './definition.ts';
import { imageName } from './pulled-image.ts';
import { workDirPaths } from './work-dir.ts';

/**
 * Where the image of a container lies once it was pulled, relative to the work-dir: a file for apptainer and singularity, a
 * folder for charliecloud. Null for images that are not pulled there: files, folders, and all of docker and podman, which
 * keep images themselves.
 */
export function cachedImage(container: Pick<ContainerDefinition, 'runtime' | 'image'>): string | null {
  const name = imageName(container);
  if (name === null) return null;
  return `${workDirPaths.images}/${hash('sha256', name, 'hex').slice(0, 32)}${container.runtime === 'charliecloud' ? '' : '.sif'}`;
}
