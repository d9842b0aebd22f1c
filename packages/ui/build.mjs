import { readFile, readdir, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build } from 'vite';

/**
 * The web interface as static files below `dist/ui`, for any sub-path: every address in them is relative. Beside each file
 * lies its gzip, so that the manager compresses nothing.
 */
const here = fileURLToPath(new URL('.', import.meta.url));
const outDir = join(here, 'dist/ui');

/** Each page has files of its own: through a tunnel every request that is spared counts. */
const pages = { manager: 'index.html', hub: 'hub.html' };

for (const [index, [name, page]] of Object.entries(pages).entries()) {
  await build({
    root: join(here, 'src'),
    configFile: false,
    base: './',
    logLevel: 'warn',
    plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
    build: {
      outDir,
      rolldownOptions: { input: { [name]: join(here, 'src', page) } },
      emptyOutDir: index === 0,
      target: 'es2022',
      // The policy of the page allows no data: scripts, and what the browser has already is not sent again.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
}

for (const file of await readdir(outDir, { recursive: true })) {
  if (!['.html', '.js', '.css', '.svg'].includes(extname(file))) continue;
  const content = await readFile(join(outDir, file));
  await writeFile(join(outDir, `${file}.gz`), await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
}
