import { writeFile } from 'node:fs/promises';
import { openApiDocument } from './openapi-document.ts';

/** `npm run openapi`: writes the document that a hub hands out and clients are generated from. */
await writeFile(new URL('../openapi.json', import.meta.url), `${JSON.stringify(await openApiDocument(), null, 2)}\n`);
