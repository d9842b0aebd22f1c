import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openApiDocument } from './openapi-document.ts';

type Operation = { operationId?: string; summary?: string };

const document = JSON.parse(JSON.stringify(await openApiDocument()));
const operations = Object.values<Record<string, Operation>>(document.paths).flatMap((methods) => Object.values(methods));

test('openapi.json is the description of the routes as they are; `npm run openapi` writes it anew', async () => {
  expect(JSON.parse(await readFile(new URL('../openapi.json', import.meta.url), 'utf8'))).toEqual(document);
});

test('openapi.json names every operation once and describes every one', () => {
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { operationId, summary } of operations) expect(summary, operationId).toBeTruthy();
});
