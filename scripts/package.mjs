import { ensureBuilt } from './steps/build.mjs';
import { ensureInstalled } from './steps/install.mjs';
import { run } from './steps/run.mjs';
import { node24 } from './steps/tree.mjs';

/** `npm run package [-- --out <folder>] [-- --platform linux-x64]`: what users install, in `dist/`. */
await ensureInstalled();
await ensureBuilt();
process.exitCode = (await run(node24(), ['scripts/packaging/package.ts', ...process.argv.slice(2)])).code;
