import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { HubProcess } from '../packages/testkit/src/hub/hub-process.ts';

test('what docs/hub.md says to type works on a hub that has just been started', { timeout: 120_000 }, async () => {
  await using hub = await HubProcess.start();
  const page = await readFile(new URL('../docs/hub.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  expect(blocks.length).toBeGreaterThan(1);
  const commands = blocks.join('\n').replaceAll('hub-data', hub.folder).replaceAll('http://127.0.0.1:51236', hub.url);
  const { stdout } = await promisify(execFile)('bash', [
    '-euc',
    `curl() { command curl --silent --show-error --fail-with-body "$@"; echo; }\n${commands}`,
  ]);
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers).toMatchObject([
    { name: 'ada', role: 'editor' },
    { user: 'ada', status: 'active' },
    { secret: expect.any(String) },
    { status: 'queued', owner: 'manager' },
  ]);
});
