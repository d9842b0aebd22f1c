import { rolldown } from 'rolldown';

/**
 * One file that needs nothing but Node, because it is loaded from a network file system by every node at once. Roles stay
 * behind their dynamic imports and are evaluated only where they are played.
 */
const bundle = await rolldown({
  input: new URL('src/main.ts', import.meta.url).pathname,
  platform: 'node',
  external: ['bufferutil', 'utf-8-validate'],
  treeshake: { moduleSideEffects: false },
});
await bundle.write({ file: new URL('dist/node-manager.mjs', import.meta.url).pathname, format: 'esm', codeSplitting: false });
await bundle.close();
