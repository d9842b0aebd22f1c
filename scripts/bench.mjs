// `npm run bench -- <name>`: measurements beside a baseline of the same minute.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, packagedNode, root } from './workspace.mjs';

/** Name → program. */
const benches = {
  throughput: 'packages/testkit/src/throughput/bench.ts',
};

const [name = '', ...args] = process.argv.slice(2);
if (!(name in benches)) {
  console.error(`npm run bench -- <name>, one of: ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
ensureInstalled();
ensureBuilt();
const { status } = spawnSync(packagedNode(), [join(root, benches[name]), ...args], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
