import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './run.mjs';
import { node24, root } from './tree.mjs';

const stampFile = join(root, 'node_modules/.cache/juqueue/build-stamp');
const results = ['packages/node-manager/dist/node-manager.mjs', 'packages/server/dist/index.js', 'packages/cli/dist/juqueue.js'];

/** Beside `src` and `public`, the files of a package that shape its bundle. */
const packageFiles = ['package.json', 'build.mjs'];

/**
 * Builds what has changed since the last build. The stamp spares the start of the build tool when nothing has. Shows the
 * tool's output only on failure, and then ends this process with its exit code.
 */
export async function ensureBuilt() {
  const stamp = stampOfSources();
  if (stamp === lastStamp() && results.every((file) => existsSync(join(root, file)))) return;
  console.error('Building.');
  const { code, output } = await run(node24(), [join(root, 'node_modules/turbo/bin/turbo'), 'run', 'build', '--output-logs=errors-only'], {
    quiet: true,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  });
  if (code !== 0) {
    console.error(output.trimEnd());
    console.error(`The build failed with exit code ${code}; its output is above.`);
    process.exit(code);
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

function lastStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : null;
}

/** Changes when a source file appears, goes, or changes in size or time. Tests are not part of any bundle. */
function stampOfSources() {
  const hash = createHash('sha256');
  const add = (/** @type {string} */ file) => {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  };
  for (const file of ['package-lock.json', 'turbo.json']) add(file);
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    const folder = join('packages', name);
    for (const file of packageFiles) if (existsSync(join(root, folder, file))) add(join(folder, file));
    for (const part of ['src', 'public']) for (const file of filesBelow(join(folder, part))) if (!file.endsWith('.test.ts')) add(file);
  }
  return hash.digest('hex');
}

/**
 * @param {string} folder
 * @returns {string[]} paths from the root, in a fixed order; none when there is no such folder
 */
function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)])).sort();
}
