// `npm test`: installs what is missing, builds, checks the types, runs every test, and says how many passed, failed and
// were skipped in its last line. Plain JavaScript for any Node from 20 on.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, packagedNode, root } from './workspace.mjs';
import { summarise } from './test-summary.mjs';

const args = process.argv.slice(2);
const isLong = args.includes('--long');
const installsSystemPackages = args.includes('--install-system-packages') || Boolean(process.env.CI);
const known = ['--long', '--install-system-packages'];
const unknown = args.find((arg) => !known.includes(arg));
if (unknown !== undefined) {
  console.error(`npm test does not know ${unknown}; it takes ${known.join(', ')}.`);
  process.exit(2);
}

ensureInstalled();
if (installsSystemPackages) onNode24('scripts/install-system-packages.mjs');
ensureBuilt();

const results = [];
results.push({ name: 'types', isPassed: onNode24('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json') });

const folder = mkdtempSync(join(tmpdir(), 'juqueue-test-results-'));
const report = join(folder, 'vitest.json');
const config = isLong ? ['--config', 'vitest.long.config.ts'] : [];
const isPassed = onNode24('node_modules/vitest/vitest.mjs', 'run', ...config, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`);
const summary = summarise(readReport(report), results);
rmSync(folder, { recursive: true });

for (const line of summary.lines) console.log(line);
console.log(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
process.exit(isPassed && summary.failed === 0 ? 0 : 1);

/**
 * Runs a program of this tree on Node 24, with its tools first on PATH; whether it ended well.
 *
 * @param {string} program
 * @param {...string} programArgs
 */
function onNode24(program, ...programArgs) {
  const PATH = `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`;
  return spawnSync(packagedNode(), [join(root, program), ...programArgs], { cwd: root, stdio: 'inherit', env: { ...process.env, PATH } }).status === 0;
}

/** Null when vitest ended before it could write one. */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
