import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { apiTypes } from '../test/api-types-of.ts';

test('api-types.ts is what `npm run openapi` writes from the committed description', async () => {
  const document = JSON.parse(await readFile(new URL('../../server/public/openapi.json', import.meta.url), 'utf8'));
  expect(await readFile(new URL('./api-types.ts', import.meta.url), 'utf8')).toBe(apiTypes(document));
});
