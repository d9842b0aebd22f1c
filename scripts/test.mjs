import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './steps/build.mjs';
import { ensureInstalled } from './steps/install.mjs';
import { run } from './steps/run.mjs';
import { node24, root } from './steps/tree.mjs';

/**
 * `npm test [-- filters and options of vitest]`: everything from a fresh clone to the counts in the last line. Types are
 * checked unless filters ask for certain tests only.
 */
const ownOptions = ['--long', '--install-system-packages'];
const vitestArgs = process.argv.slice(2).filter((argument) => !ownOptions.includes(argument));
const isLong = process.argv.includes('--long');

await ensureInstalled();
if (process.env.CI || process.argv.includes('--install-system-packages')) {
  await run(node24(), ['scripts/testing/install-system-packages.ts']);
}
await ensureBuilt();

const typeErrors = vitestArgs.length > 0 ? 0 : await countTypeErrors();
const tests = await runTests();

for (const line of tests.skippedSuites) console.log(`skipped: ${line}`);
if (typeErrors > 0) console.log(`type errors, counted as failed: ${typeErrors}`);
const failed = typeErrors + tests.failed;
console.log(`${tests.passed} passed, ${failed} failed, ${tests.skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;

/** What the compiler says, and for the web interface, whose components it cannot read, what svelte-check says. */
async function countTypeErrors() {
  console.log('Checking types.');
  const checks = [
    { args: [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json'], fault: / error TS\d+: / },
    {
      args: [
        join(root, 'node_modules/svelte-check/bin/svelte-check'),
        '--tsconfig',
        'packages/ui/tsconfig.json',
        '--fail-on-warnings',
        '--output',
        'machine',
      ],
      fault: /^\d+ (ERROR|WARNING) /,
    },
  ];
  let count = 0;
  for (const { args, fault } of checks) {
    const { code, output } = await run(node24(), args, { quiet: true });
    if (code === 0) continue;
    console.log(output.trimEnd());
    count += output.split('\n').filter((line) => fault.test(line)).length || 1;
  }
  return count;
}

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'juqueue-tests-'));
  const summaryFile = join(folder, 'summary.json');
  try {
    const config = isLong ? 'vitest.long.config.ts' : 'vitest.config.ts';
    const args = ['run', '--config', config, '--reporter=default', '--reporter=./scripts/testing/summary-reporter.ts', ...vitestArgs];
    const { code } = await run(node24(), [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
      env: { ...process.env, JUQUEUE_TEST_SUMMARY: summaryFile },
    });
    const summary = readSummary(summaryFile);
    // An end that is not explained by the counts is a failure too.
    return code !== 0 && summary.failed === 0 ? { ...summary, failed: 1 } : summary;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @returns {import('./testing/test-summary.ts').TestSummary}
 */
function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.error('The test runner ended without a summary.');
    return { passed: 0, failed: 1, skipped: 0, skippedSuites: [] };
  }
}
