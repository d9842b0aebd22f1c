import { hash } from 'node:crypto';
import type { ContainerDefinition } from './definition.ts';
import { workDirPaths } from './work-dir.ts';

/**
 * Where the image of a container lies once it was pulled, relative to the work-dir: a file for apptainer and singularity, a
 * folder for charliecloud. Null for images that are not pulled there: files, folders, and all of docker and podman, which
 * keep images themselves.
 */
export function cachedImage({ runtime, image }: Pick<ContainerDefinition, 'runtime' | 'image'>): string | null {
  if (!/^[a-z+-]+:\/\//.test(image)) return null;
  const name = hash('sha256', image, 'hex').slice(0, 32);
  switch (runtime) {
    case 'apptainer':
    case 'singularity':
      return `${workDirPaths.images}/${name}.sif`;
    case 'charliecloud':
      return `${workDirPaths.images}/${name}`;
    case 'docker':
    case 'podman':
      return null;
  }
}
