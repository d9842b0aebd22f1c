import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { errorCatalogue } from '@juqueue/core';
import { expect, test } from 'vitest';

test('docs/errors.md documents every code of the catalogue with its status and title, and no other', async () => {
  const text = await readFile(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(JQ_\w+)` \| (\d+) \| (.+?) \| (.+) \|$/gm)].map(([, code, status, title]) => [
    code,
    Number(status),
    title,
  ]);
  expect(rows).toEqual(Object.entries(errorCatalogue).map(([code, { status, title }]) => [code, status, title]));
});

test('every code of the catalogue is named by a test', async () => {
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const unnamed = new Set<string>(Object.keys(errorCatalogue));
  for await (const file of glob(['packages/*/{src,test}/**/*.test.ts', 'tests/**/*.test.ts'], { cwd: root })) {
    const text = await readFile(`${root}${file}`, 'utf8');
    for (const [code] of text.matchAll(/JQ_[A-Z_]+/g)) unnamed.delete(code);
  }
  expect([...unnamed]).toEqual([]);
});
