import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.mjs';
import { root } from './tree.mjs';

/**
 * Brings node_modules to what package-lock.json says, and does nothing when it is so already. Shows npm's output only on
 * failure, and then ends this process with npm's exit code.
 */
export async function ensureInstalled() {
  const reason = installReason(readLock('package-lock.json'), readLock('node_modules/.package-lock.json'));
  if (reason === null) return;
  console.error(`Installing npm packages (${reason}), about a minute.`);
  const { code, output } = await run('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'], { quiet: true, env: environmentOfNpm() });
  if (code === 0) return;
  console.error(output.trimEnd());
  console.error(`npm ci failed with exit code ${code}; its output is above.`);
  process.exit(code);
}

/**
 * Why the installed packages are not the wanted ones; null when they are. Packages of other platforms may be missing.
 *
 * @param {Lock | null} wanted
 * @param {Lock | null} installed what npm wrote at the end of the last installation
 * @returns {string | null}
 *
 * @typedef {{ version?: string, integrity?: string, resolved?: string, link?: boolean, optional?: boolean, devOptional?: boolean }} Entry
 * @typedef {{ packages: Record<string, Entry> }} Lock
 */
export function installReason(wanted, installed) {
  if (wanted === null) return 'package-lock.json is missing';
  if (installed === null) return 'there are none yet';
  const names = new Set([...Object.keys(wanted.packages), ...Object.keys(installed.packages)].filter((name) => name.startsWith('node_modules/')));
  for (const name of names) {
    const [want, have] = [wanted.packages[name], installed.packages[name]];
    if (want === undefined || (have === undefined && !want.optional && !want.devOptional)) return 'package-lock.json has changed';
    if (have !== undefined && (want.version !== have.version || want.integrity !== have.integrity || want.link !== have.link)) return 'package-lock.json has changed';
  }
  return null;
}

/**
 * @param {string} file
 * @returns {Lock | null}
 */
function readLock(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8'));
  } catch {
    return null;
  }
}

/** npm must not run on the Node that it is about to replace. */
function environmentOfNpm() {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(join(root, 'node_modules')));
  return { ...process.env, PATH: path.join(delimiter) };
}
