import { copyFile, cp, glob, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** The hub as files that need nothing but Node: `index.js`, the agent, one file for each worker thread, what they share, and its public pages. */
const here = fileURLToPath(new URL('.', import.meta.url));
const dist = join(here, 'dist');
const publicFolder = join(dist, 'public');

await rm(dist, { recursive: true, force: true });
/** @type {Record<string, string>} */
const workers = {};
for await (const file of glob('src/**/*-worker.ts', { cwd: here })) workers[basename(file, '.ts')] = join(here, file);
const bundle = await rolldown({
  input: { index: join(here, 'src/index.ts'), agent: join(here, 'src/agent/index.ts'), ...workers },
  platform: 'node',
  // What BullMQ can do without: other stores, and a faster decoder of its own.
  external: ['msgpackr-extract', 'pg', 'redis', 'bullmq-otel'],
  treeshake: { moduleSideEffects: [{ test: /\/packages\/[^/]+\/src\//, sideEffects: false }] },
});
await bundle.write({ dir: dist, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunk-[name]-[hash].js' });
await bundle.close();

await mkdir(publicFolder);
await copyFile(join(here, 'openapi.json'), join(publicFolder, 'openapi.json'));
for (const name of ['docs.html', 'docs.js']) await copyFile(join(here, '../server/public', name), join(publicFolder, name));
const swaggerUi = fileURLToPath(new URL('static/', import.meta.resolve('@fastify/swagger-ui/package.json')));
for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js']) await copyFile(join(swaggerUi, name), join(publicFolder, name));
await cp(fileURLToPath(new URL('dist/ui', import.meta.resolve('@juqueue/ui/package.json'))), join(publicFolder, 'ui'), { recursive: true });
