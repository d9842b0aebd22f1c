import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './steps/build.mjs';
import { ensureInstalled } from './steps/install.mjs';
import { root } from './steps/tree.mjs';

/**
 * `npm start`: installs and builds what is missing, then becomes the command line, which continues on Node 24 when this is
 * an older one. Runs on a fresh clone with Node 20.
 */
await ensureInstalled();
await ensureBuilt();

// Paths that the user gives are meant from where they typed the command; npm itself has gone to the root of the tree.
if (process.env.INIT_CWD !== undefined) process.chdir(process.env.INIT_CWD);
const commandLine = join(root, 'packages/cli/bin/juqueue.js');
process.argv = [process.execPath, commandLine, ...withDefaults(process.argv.slice(2))];
await import(pathToFileURL(commandLine).href);

/**
 * Without a command of its own `npm start` serves the examples, each option unless it is given.
 *
 * @param {readonly string[]} given
 * @returns {readonly string[]}
 */
function withDefaults(given) {
  const isServing = given[0] === undefined || given[0] === 'serve' || given[0].startsWith('-');
  if (!isServing || given.some((argument) => ['-h', '--help', '-V', '--version'].includes(argument))) return given;
  const defaults = [
    ['--def-dir', join(root, 'example_defs')],
    ['--work-dir', join(root, 'work')],
  ];
  const missing = defaults.filter(([name]) => !given.some((argument) => argument === name || argument.startsWith(`${name}=`)));
  return [...given, ...missing.flat()];
}
