import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { FakeManager } from '../../test/fake-manager.ts';
import { openApiDocument } from './openapi-document.ts';

type Operation = {
  operationId: string;
  summary: string;
  tags: string[];
  responses: Record<string, { content?: object }>;
  requestBody?: { content: { 'application/json'?: { schema?: { $ref?: string }; example?: unknown } } };
};

const document = JSON.parse(JSON.stringify(await openApiDocument(new FakeManager().context())));
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);

describe('openapi.json', () => {
  test('is the description of the routes as they are; `npm run openapi` writes it anew', async () => {
    const committed = JSON.parse(await readFile(new URL('../../public/openapi.json', import.meta.url), 'utf8'));
    expect(committed).toEqual(document);
  });

  test('is OpenAPI 3.1 and holds the routes of the original with their methods', () => {
    expect(document.openapi).toBe('3.1.0');
    const original = operations.filter((operation) => operation.tags.includes('original')).map(({ method, path }) => `${method} ${path}`);
    expect(original.sort()).toEqual([
      'get /clusters',
      'get /clusters/{cluster_name}/rescale',
      'get /clusters/{cluster_name}/sync',
      'get /experiments',
      'put /experiment/{experiment_name}/cancel_runs',
      'put /experiment/{experiment_name}/resume_runs',
      'put /juqueue/reload_clusters',
      'put /juqueue/reload_experiments',
      'put /juqueue/stop',
    ]);
  });

  test('names every operation once and describes every one', () => {
    const ids = operations.map((operation) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const operation of operations) expect(operation.summary, operation.operationId).toBeTruthy();
  });

  test('gives examples of commands, and each is one that the schema accepts', () => {
    const validator = new Ajv({ strict: false, validateFormats: false }).addSchema(document, 'document');
    const examples = operations.flatMap(({ operationId, requestBody }) => {
      const { schema, example } = requestBody?.content['application/json'] ?? {};
      return example === undefined ? [] : [{ operationId, ref: schema?.$ref ?? '', example }];
    });
    expect(examples.map(({ operationId }) => operationId)).toEqual(
      expect.arrayContaining(['resumeRuns', 'prioritiseRuns', 'releaseNode', 'holdCluster', 'stopServer']),
    );
    for (const { operationId, ref, example } of examples)
      expect(validator.validate({ $ref: `document${ref}` }, example), `${operationId} ${JSON.stringify(validator.errors)}`).toBe(true);
  });

  test('says of every operation with data that it needs the token and how it is refused', () => {
    expect(document.security).toEqual([{ bearer: [] }]);
    const open = operations.filter((operation) => 'security' in operation).map((operation) => operation.path);
    expect(open).toEqual(['/healthz']);
    for (const operation of operations.filter(({ path }) => path !== '/healthz')) {
      expect(operation.responses['4XX']?.content, operation.operationId).toHaveProperty(['application/problem+json']);
    }
  });
});
