import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { apiTypes } from '../test/api-types-of.ts';
import { typedDocuments } from '../test/typed-documents.ts';

test.each(typedDocuments)('$types is what `npm run openapi` writes from the committed description', async ({ document, types }) => {
  const text = await readFile(new URL(`../../${document}`, import.meta.url), 'utf8');
  expect(await readFile(new URL(`./${types}`, import.meta.url), 'utf8')).toBe(apiTypes(JSON.parse(text), `packages/${document}`));
});
