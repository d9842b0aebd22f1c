import { writeFile } from 'node:fs/promises';
import { openApiDocument } from '../src/app/openapi-document.ts';
import { FakeManager } from './fake-manager.ts';

/** `npm run openapi`: writes the document that the program hands out and clients are generated from. */
const document = await openApiDocument(new FakeManager().context());
await writeFile(new URL('../public/openapi.json', import.meta.url), `${JSON.stringify(document, null, 2)}\n`);
