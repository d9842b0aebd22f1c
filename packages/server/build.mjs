import { copyFile, cp, glob, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/**
 * The manager as files that need nothing but Node: `index.js`, one file for each worker thread, what they share in chunks,
 * the NodeManager's bundle, the web interface, the public pages, and the Python that reads Python definitions. Worker threads
 * are every `*-worker.ts` of the packages that the manager is made of; they find each other by name in one folder.
 */
const here = fileURLToPath(new URL('.', import.meta.url));
const dist = join(here, 'dist');
const ownPackages = ['core', 'cluster-local', 'cluster-slurm', 'server'];

/** Files of Swagger UI that its page uses. */
const swaggerFiles = ['swagger-ui.css', 'swagger-ui-bundle.js'];

await rm(dist, { recursive: true, force: true });
const bundle = await rolldown({
  input: { index: join(here, 'src/index.ts'), ...(await workerEntries()) },
  platform: 'node',
  external: ['bufferutil', 'utf-8-validate'],
  // Our own modules do nothing when they are only imported; this keeps the schemas out of the small workers.
  treeshake: { moduleSideEffects: [{ test: /\/packages\/[^/]+\/src\//, sideEffects: false }] },
});
await bundle.write({ dir: dist, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunk-[name]-[hash].js' });
await bundle.close();

await copyFile(join(here, '../node-manager/dist/node-manager.mjs'), join(dist, 'node-manager.mjs'));
await cp(join(here, '../python/src'), join(dist, 'python'), { recursive: true, filter: (path) => !path.includes('__pycache__') });
await mkdir(join(dist, 'public'));
for (const name of await readdir(join(here, 'public'))) await copyFile(join(here, 'public', name), join(dist, 'public', name));
const webInterface = fileURLToPath(new URL('dist/ui', import.meta.resolve('@juqueue/ui/package.json')));
await cp(webInterface, join(dist, 'public/ui'), { recursive: true });
const swaggerUi = fileURLToPath(new URL('static/', import.meta.resolve('@fastify/swagger-ui/package.json')));
for (const name of swaggerFiles) await copyFile(join(swaggerUi, name), join(dist, 'public', name));

/** @returns {Promise<Record<string, string>>} name of the bundled file → source */
async function workerEntries() {
  /** @type {Record<string, string>} */
  const entries = {};
  for (const folder of ownPackages) {
    for await (const file of glob('src/**/*-worker.ts', { cwd: join(here, '..', folder) })) {
      const name = basename(file, '.ts');
      if (name in entries) throw new Error(`two workers are called ${name}, and they share a folder in the bundle`);
      entries[name] = join(here, '..', folder, file);
    }
  }
  return entries;
}
