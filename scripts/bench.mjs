import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './steps/build.mjs';
import { ensureInstalled } from './steps/install.mjs';
import { run } from './steps/run.mjs';
import { node24, root } from './steps/tree.mjs';

/** `npm run bench -- <name> [arguments]`: one measurement, by the name of its folder in the test kit. */
const folder = join(root, 'packages/testkit/src');
const benches = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'bench.ts')));
const [name, ...args] = process.argv.slice(2);

if (name === undefined || !benches.includes(name)) {
  if (name !== undefined) console.error(`There is no bench '${name}'.`);
  console.log(`npm run bench -- <name> [arguments], where <name> is one of: ${benches.join(', ')}`);
  process.exit(name === undefined ? 0 : 2);
}
await ensureInstalled();
await ensureBuilt();
process.exitCode = (await run(node24(), [join(folder, name, 'bench.ts'), ...args])).code;
