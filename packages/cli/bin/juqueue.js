#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleRunsHere, continueOnNewerNode, isNewEnough } from './launch.js';

const ownFile = fileURLToPath(import.meta.url);
const bundle = join(dirname(dirname(ownFile)), 'dist', 'juqueue.js');
const again = () => continueOnNewerNode([ownFile, ...process.argv.slice(2)]);

if (isNewEnough() || (bundleRunsHere() && existsSync(bundle))) {
  const program = existsSync(bundle) ? bundle : join(dirname(dirname(ownFile)), 'src', 'main.ts');
  const { main } = await import(pathToFileURL(program).href);
  await main(process.argv.slice(2), again);
} else {
  again();
}
