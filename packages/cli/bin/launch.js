// Plain JavaScript for any Node: the manager needs Node 24, which comes with the packages of this tree and with the archives.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const neededMajor = 24;

/** The bundle of the command line is written for this one. */
const bundleMajor = 20;

/** Whether this very process can run everything. */
export function isNewEnough() {
  return Number(process.versions.node.split('.')[0]) >= neededMajor;
}

/** Whether this process can run the bundle of the command line, that is, every command that asks a manager. */
export function bundleRunsHere() {
  return Number(process.versions.node.split('.')[0]) >= bundleMajor;
}

/** The path of the Node 24 that npm installed for this machine, or undefined. */
export function packagedNode() {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`)), 'bin', 'node');
  } catch {
    return undefined;
  }
}

/**
 * Runs Node 24 with these arguments in place of this process, as far as an old Node can: same streams, same signals, same
 * exit. A hang-up is left to the child, which serves on without its terminal.
 *
 * @param {readonly string[]} args
 */
export function continueOnNewerNode(args) {
  const node = packagedNode();
  if (node === undefined) {
    console.error(`juqueue: This command needs Node ${neededMajor} or newer, this is ${process.version}, and no packaged one for ${process.platform}-${process.arch} is installed.`);
    console.error('  Commands that only ask a manager run on Node 20. The self-contained archive for Linux brings its own Node.');
    process.exit(1);
  }
  const child = spawn(node, args, { stdio: 'inherit' });
  process.on('SIGINT', () => child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => {});
  child.on('error', (error) => {
    console.error(`${node} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
