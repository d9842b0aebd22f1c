import { join } from 'node:path';
import { ensureBuilt } from './steps/build.mjs';
import { ensureInstalled } from './steps/install.mjs';
import { run } from './steps/run.mjs';
import { node24, root } from './steps/tree.mjs';

/** `npm run soak -- --minutes 10 --seed 1`: the whole program under work and faults, see packages/testkit/src/soak. */
await ensureInstalled();
await ensureBuilt();
process.exitCode = (await run(node24(), [join(root, 'packages/testkit/src/soak/soak.ts'), ...process.argv.slice(2)])).code;
