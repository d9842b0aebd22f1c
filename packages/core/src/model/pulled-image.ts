import type { ContainerDefinition, ExecutorDefinition } from './definition.ts';

/** Names an image and the form in which it is kept: `apptainer docker://debian:12`. */
export type ImageName = string;

/** The image that has to be pulled before a run can start; null when there is none, or when its runtime keeps images itself. */
export function pulledImage({ container }: Pick<ExecutorDefinition, 'container'>): ImageName | null {
  return container === undefined ? null : imageName(container);
}

export function imageName({ runtime, image }: Pick<ContainerDefinition, 'runtime' | 'image'>): ImageName | null {
  if (runtime === 'docker' || runtime === 'podman' || !/^[a-z+-]+:\/\//.test(image)) return null;
  return `${runtime} ${image}`;
}

export function parseImageName(name: ImageName): Pick<ContainerDefinition, 'runtime' | 'image'> {
  const space = name.indexOf(' ');
  return { runtime: name.slice(0, space) as ContainerDefinition['runtime'], image: name.slice(space + 1) };
}
