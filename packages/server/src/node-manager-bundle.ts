import { fileURLToPath } from 'node:url';

/** The NodeManager as one file: beside us in a bundle, in its own package's `dist` when we run from the sources. */
export function nodeManagerBundle(): string {
  const place = import.meta.url.endsWith('.ts') ? '../../node-manager/dist/node-manager.mjs' : './node-manager.mjs';
  return fileURLToPath(new URL(place, import.meta.url));
}
