import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestFolder, TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { openApi, operations, requestsOf } from './openapi-arbitraries.ts';
import type { Operation } from './openapi-arbitraries.ts';
import { plainRequest } from './plain-request.ts';

const patienceMs = 120_000;
const numRuns = 40;
/** These do what they say, and then there is nobody to ask. */
const endsTheTest = new Set(['POST /api/v1/server:stop', 'PUT /juqueue/stop', 'POST /api/v1/tokens:rotate']);
const known = ['sweep', 'sweep@done', 'sweep@bad', 'sweep@long', 'local', 'local-1', 'lr', 'lr<1e-3', 'state:failed', 'stdout', '*@*'];

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ $id: 'openapi', ...openApi });
const validators = new Map<string, ValidateFunction>();

/** What the document says of answers with this status and type; null when it says nothing. */
function validatorOf({ path, method, definition }: Operation, status: number, type: string): ValidateFunction | null {
  const key = [String(status), `${Math.floor(status / 100)}XX`].find((each) => definition.responses[each]?.content?.[type] !== undefined);
  if (key === undefined) return null;
  const pointer = ['paths', path, method.toLowerCase(), 'responses', key, 'content', type, 'schema'].map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const validator = validators.get(pointer) ?? ajv.compile({ $ref: `openapi#/${pointer}` });
  validators.set(pointer, validator);
  return validator;
}

describe('whatever the interface is asked by its own document', { timeout: patienceMs, retry: 0 }, () => {
  let folder: TestFolder;
  let manager: TestManager;

  beforeAll(async () => {
    folder = new TestFolder({
      'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 4 }\n',
      'experiments/sweep.yaml': 'name: sweep\nautostart: true\ndefaults: { cluster: local, checkpoint: none, parameters: { lr: 0.1 } }\nruns: [{ id: done, cmd: [echo] }, { id: bad, cmd: ["false"] }, { id: long, cmd: [tail, -f, /dev/null, --pid] }]\n',
    });
    manager = await TestManager.start(folder);
    await manager.until<{ status: string }>('/api/v1/runs/sweep@bad', ({ status }) => status === 'failed');
  }, patienceMs);
  afterAll(async () => {
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test.each(operations.filter(({ id }) => !endsTheTest.has(id)).map((operation) => [operation.id, operation] as const))('%s answers in time, never by a mistake of its own, and in the form that it promises', async (_id, operation) => {
    await fc.assert(
      fc.asyncProperty(requestsOf(operation, known), async ({ method, url, body }) => {
        let answer = await plainRequest(manager, { method, url, body });
        for (; answer.status === 429; answer = await plainRequest(manager, { method, url, body })) await sleep(500);
        const { type, text } = answer;
        expect([answer.status, text.slice(0, 300)], `${method} ${url} ${body ?? ''}`).toEqual([expect.toSatisfy((status: number) => status < 500), expect.anything()]);
        const validator = validatorOf(operation, answer.status, type);
        if (validator === null) expect([answer.status, type], `${method} ${url}`).toEqual([expect.toSatisfy((status: number) => [200, 404].includes(status)), expect.any(String)]);
        else if (type.endsWith('json') && text !== '') expect([validator(JSON.parse(text)), validator.errors], `${method} ${url} answered ${text.slice(0, 500)}`).toEqual([true, null]);
      }),
      { numRuns, endOnFailure: true },
    );
  });

  test('the manager still lives, has made no mistake, and schedules', async () => {
    expect(manager.process.exitCode).toBeNull();
    expect(folder.read('logs/juqueue.log')).not.toMatch(/failed: .*stack|"stack"/);
    const body = JSON.stringify({ selector: { q: 'sweep@done' } });
    expect((await manager.request('/api/v1/clusters/local:release', { method: 'POST', body: '{}' })).status).toBe(200);
    const before = await manager.json<{ attempt: number }>('/api/v1/runs/sweep@done');
    await manager.request('/api/v1/runs:release', { method: 'POST', body });
    expect((await manager.request('/api/v1/runs:resume', { method: 'POST', body })).status).toBe(200);
    await manager.until<{ status: string; attempt: number }>('/api/v1/runs/sweep@done', ({ status, attempt }) => status === 'finished' && attempt >= before.attempt);
  });
});
