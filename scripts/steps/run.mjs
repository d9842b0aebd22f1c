import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './tree.mjs';

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in the root folder until it ends. A signal that comes meanwhile goes to the program, which decides; this
 * process ends after it, so that nothing is left behind.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, env?: NodeJS.ProcessEnv }} [options] quiet: what it writes is collected instead of shown
 * @returns {Promise<{ code: number, output: string }>} code is 128 + number where a signal ended it
 */
export function run(command, args, { quiet = false, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
    /** @type {NodeJS.Signals | null} */
    let asked = null;
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      asked = signal;
      child.kill(signal);
    };
    for (const signal of passedOn) process.on(signal, passOn);
    child.once('error', (error) => reject(new Error(`${command} cannot be run: ${error.message}`)));
    child.once('close', (code, signal) => {
      for (const name of passedOn) process.off(name, passOn);
      if (asked !== null) process.exit(128 + constants.signals[asked]);
      resolve({ code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'], output });
    });
  });
}
