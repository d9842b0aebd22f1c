import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { commandReference } from '../test/command-reference.ts';
import { exitCodes } from './exit-codes.ts';
import { version } from './version.ts';

test('docs/exit-codes.md documents every exit code and no other', async () => {
  const text = await readFile(new URL('../../../docs/exit-codes.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, code, name]) => [name, Number(code)]);
  expect(documented).toEqual(Object.entries(exitCodes));
});

test('docs/commands.md is what the program says; after a change npm run reference writes it anew', async () => {
  expect(await readFile(new URL('../../../docs/commands.md', import.meta.url), 'utf8')).toBe(commandReference());
});

test('the version is that of the package', async () => {
  const { version: packaged } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  expect(version).toBe(packaged);
});
