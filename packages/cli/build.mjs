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
      name: 'what-serves-from-its-own-bundle',
      resolveId: (id) => {
        const [, name, part = 'index'] = /^@juqueue\/(server|hub)(?:\/(agent))?$/.exec(id) ?? [];
        return name === undefined ? null : { id: `../../${name}/dist/${part}.js`, external: true };
      },
    },
  ],
});
await bundle.write({ dir: dist, format: 'esm', entryFileNames: '[name].js', codeSplitting: false });
await bundle.close();
