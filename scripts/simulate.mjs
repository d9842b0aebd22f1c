import { join } from 'node:path';
import { ensureInstalled } from './steps/install.mjs';
import { run } from './steps/run.mjs';
import { node24, root } from './steps/tree.mjs';

/** `npm run simulate -- [options]`: worlds of faults over the real engine, from seeds. `--help` lists the options. */
await ensureInstalled();
process.exitCode = (await run(node24(), [join(root, 'packages/testkit/src/faults/simulate-command.ts'), ...process.argv.slice(2)])).code;
