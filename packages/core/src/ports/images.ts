import type { ImageName } from '../model/pulled-image.ts';

/** Images of registries, pulled once for all runs and nodes before a node is asked for. */
export interface ImagePort {
  /** Begins to make them available. Those that are available, or under way, cost nothing. */
  want(images: readonly ImageName[]): void;
  /** Told of every change; `because` says why runs have to wait, null that they need not. */
  onChange(listener: (image: ImageName, because: string | null) => void): void;
}
