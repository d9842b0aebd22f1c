import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/**
 * The command line as one file that starts fast, on any Node from 20 on; the manager is loaded from its own bundle, and only
 * for what the command line does without one that runs.
 */
const here = fileURLToPath(new URL('.', import.meta.url));
const dist = join(here, 'dist');

await rm(dist, { recursive: true, force: true });
const bundle = await rolldown({
  input: { juqueue: join(here, 'src/main.ts') },
  platform: 'node',
  transform: { target: 'node20' },
  treeshake: { moduleSideEffects: [{ test: /\/packages\/[^/]+\/src\//, sideEffects: false }] },
  plugins: [
    {
      name: 'manager-from-its-own-bundle',
      resolveId: (id) => (id === '@juqueue/server' ? { id: '../../server/dist/index.js', external: true } : null),
    },
  ],
});
await bundle.write({ dir: dist, format: 'esm', entryFileNames: '[name].js', codeSplitting: false });
await bundle.close();
