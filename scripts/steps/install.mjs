import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { run } from './run.mjs';
import { root } from './tree.mjs';

const stampFile = join(root, 'node_modules/.cache/juqueue/installed-lock');

/**
 * Brings node_modules to what package-lock.json says, and does nothing when it is so already. Shows npm's output only on
 * failure, and then ends this process with npm's exit code.
 */
export async function ensureInstalled() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stamp = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  // Somebody may have installed by hand.
  const reason = installReason(JSON.parse(lock), installedPackages());
  if (reason === null) return;
  console.error(`Installing npm packages (${reason}), about a minute.`);
  const { code, output } = await run('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'], {
    quiet: true,
    env: environmentOfNpm(),
  });
  if (code !== 0) {
    console.error(output.trimEnd());
    console.error(`npm ci failed with exit code ${code}; its output is above.`);
    process.exit(code);
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

/**
 * Why the installed packages are not the wanted ones; null when they are. Packages of other platforms may be missing.
 *
 * @param {Lock} wanted
 * @param {Lock | null} installed what npm wrote at the end of the last installation
 * @returns {string | null}
 *
 * @typedef {{ version?: string, integrity?: string, resolved?: string, link?: boolean, optional?: boolean, devOptional?: boolean }} Entry
 * @typedef {{ packages: Record<string, Entry> }} Lock
 */
export function installReason(wanted, installed) {
  if (installed === null) return 'there are none yet';
  const names = new Set(
    [...Object.keys(wanted.packages), ...Object.keys(installed.packages)].filter((name) => name.startsWith('node_modules/')),
  );
  for (const name of names) {
    const [want, have] = [wanted.packages[name], installed.packages[name]];
    if (want === undefined || (have === undefined && !want.optional && !want.devOptional)) return 'package-lock.json has changed';
    if (have !== undefined && (want.version !== have.version || want.integrity !== have.integrity || want.link !== have.link))
      return 'package-lock.json has changed';
  }
  return null;
}

/** @returns {Lock | null} null when npm has not come to the end of an installation */
function installedPackages() {
  try {
    return JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8'));
  } catch {
    return null;
  }
}

/** npm must not run on the Node that it is about to replace. */
function environmentOfNpm() {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(join(root, 'node_modules')));
  return { ...process.env, PATH: path.join(delimiter) };
}
