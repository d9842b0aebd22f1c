import { readFile, writeFile } from 'node:fs/promises';
import { apiTypes } from './api-types-of.ts';
import { typedDocuments } from './typed-documents.ts';

/** `npm run openapi`: writes the types of the client from the committed descriptions of the interfaces. */
for (const { document, types } of typedDocuments) {
  const text = await readFile(new URL(`../../${document}`, import.meta.url), 'utf8');
  await writeFile(new URL(`../src/${types}`, import.meta.url), apiTypes(JSON.parse(text), `packages/${document}`));
}
