import { readFile } from 'node:fs/promises';
import { errorCatalogue } from '@juqueue/core';
import { expect, test } from 'vitest';

test('docs/errors.md documents every code of the catalogue with its status and title, and no other', async () => {
  const text = await readFile(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(JQ_\w+)` \| (\d+) \| (.+?) \| (.+) \|$/gm)].map(([, code, status, title]) => [code, Number(status), title]);
  expect(rows).toEqual(Object.entries(errorCatalogue).map(([code, { status, title }]) => [code, status, title]));
});
