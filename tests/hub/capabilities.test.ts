import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);

test('every capability of the hub names a test that exists, or the reason why it is not so', () => {
  const rows = readFileSync(new URL('designs/0009-hub-capabilities.md', root), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
  expect(rows.length).toBeGreaterThan(60);
  const faults = rows.flatMap((row) => {
    const [, , capability = '', here = '', shown = ''] = row.split('|').map((cell) => cell.trim());
    const tests = [...shown.matchAll(/`([^`]+\.test\.ts)`/g)].map((match) => match[1] ?? '');
    const missing = tests
      .filter((file) => !existsSync(fileURLToPath(new URL(file, root))))
      .map((file) => `${capability}: there is no ${file}`);
    return tests.length === 0 && !here.includes(':') ? [`${capability}: no test and no reason`] : missing;
  });
  expect(faults).toEqual([]);
});
