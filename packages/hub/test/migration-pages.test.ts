import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { adapterNames } from '../src/adapters/adapter.ts';
import { TestHub } from './test-hub.ts';

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
const pages = (await readdir(docs)).filter((name) => /^from-.*\.md$/.test(name)).sort();

/** Commands of a page in their order: each may use what the one before it has set. */
async function commandsOf(page: string): Promise<readonly string[]> {
  const text = await readFile(`${docs}${page}`, 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map((found) => found[1] ?? '');
}

test.each(pages)('every command of docs/%s does what the page says', { timeout: 60_000 }, async (page) => {
  const commands = await commandsOf(page);
  const adapters = commands.flatMap((command) =>
    [...command.matchAll(/--adapter ([a-z0-9-]+)/g)].flatMap(([, name]) => adapterNames.find((each) => each === name) ?? []),
  );
  expect(adapters).not.toEqual([]);
  await using hub = await TestHub.start({ adapters });
  await hub.agent('an-agent');
  const key = await hub.managerKey();
  const script = commands.filter((command) => !command.startsWith('juqueue hub ')).join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
    env: { ...process.env, HUB: hub.url, KEY: key, no_proxy: '127.0.0.1' },
  });
  expect(stdout).not.toBe('');
});
