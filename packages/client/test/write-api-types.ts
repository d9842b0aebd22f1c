import { readFile, writeFile } from 'node:fs/promises';
import { apiTypes } from './api-types-of.ts';

/** `npm run openapi`: writes the types of the client from the committed description of the interface. */
const document = JSON.parse(await readFile(new URL('../../server/public/openapi.json', import.meta.url), 'utf8'));
await writeFile(new URL('../src/api-types.ts', import.meta.url), apiTypes(document));
