#!/usr/bin/env node
// Runs on any Node from 20 on: the program itself needs Node 24, which comes with its packages.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const neededMajor = 24;
const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(packageFolder, 'dist', 'juqueue.js');
const program = existsSync(bundle) ? bundle : join(packageFolder, 'src', 'main.ts');

if (Number(process.versions.node.split('.')[0]) >= neededMajor) {
  const { main } = await import(pathToFileURL(program).href);
  await main(process.argv.slice(2));
} else {
  runOn(packagedNode());
}

/** The path of the Node 24 that npm installed for this machine, or undefined. */
function packagedNode() {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`)), 'bin', 'node');
  } catch {
    return undefined;
  }
}

/** @param {string | undefined} node */
function runOn(node) {
  if (node === undefined) {
    console.error(`juqueue needs Node ${neededMajor} or newer, this is ${process.version}, and no packaged one for ${process.platform}-${process.arch} is installed.`);
    process.exit(1);
  }
  // Signals that a terminal sends reach the child by itself; those sent to this process alone are passed on. A hang-up is
  // left to the child, which serves on without its terminal.
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.on('SIGINT', () => child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => {});
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
