// `npm start`: installs and builds what is missing, then becomes the program. Plain JavaScript for any Node from 20 on.
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, packagedNode, root } from './workspace.mjs';

ensureInstalled();
ensureBuilt();

// Paths that the user gives are meant from where they typed the command; npm itself has gone to the root of the tree.
const typedIn = process.env.INIT_CWD;
if (typedIn !== undefined) process.chdir(typedIn);

const program = [join(root, 'packages', 'cli', 'bin', 'juqueue.js'), ...withDefaults(process.argv.slice(2))];
if (typeof process.execve === 'function') {
  // The same process goes on as the program: nobody in between to lose a signal or an exit code.
  process.removeAllListeners('warning');
  process.execve(packagedNode(), [packagedNode(), ...program], process.env);
}
const { continueOnPackagedNode } = await import('../packages/cli/bin/launch.js');
continueOnPackagedNode(program);

/**
 * Without a command of its own `npm start` serves the examples, each option unless it is given.
 *
 * @param {readonly string[]} args
 */
function withDefaults(args) {
  const isServing = args[0] === undefined || args[0].startsWith('-');
  if (!isServing || args.some((arg) => ['-h', '--help', '-V', '--version'].includes(arg))) return args;
  const defaults = [
    ['--def-dir', join(root, 'example_defs')],
    ['--work-dir', join(root, 'work')],
    ['--port', '51234'],
  ];
  const missing = defaults.filter(([name]) => !args.some((arg) => arg === name || arg.startsWith(`${name}=`)));
  return [...args, ...missing.flat()];
}
