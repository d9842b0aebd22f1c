import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestFolder, TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { OperationFuzz } from './fuzz-operation.ts';
import { openApiOf, operationsOf } from './openapi-arbitraries.ts';
import { plainRequest } from './plain-request.ts';

const patienceMs = 120_000;
/** These do what they say, and then there is nobody to ask. */
const endsTheTest = new Set(['POST /api/v1/server:stop', 'PUT /juqueue/stop', 'POST /api/v1/tokens:rotate']);
const known = ['sweep', 'sweep@done', 'sweep@bad', 'sweep@long', 'local', 'local-1', 'lr', 'lr<1e-3', 'state:failed', 'stdout', '*@*'];

const openApi = openApiOf('server/public');

describe('whatever the interface is asked by its own document', { timeout: patienceMs, retry: 0 }, () => {
  let folder: TestFolder;
  let manager: TestManager;

  beforeAll(async () => {
    folder = new TestFolder({
      'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 4 }\n',
      'experiments/sweep.yaml':
        'name: sweep\nautostart: true\ndefaults: { cluster: local, checkpoint: none, parameters: { lr: 0.1 } }\nruns: [{ id: done, cmd: [echo] }, { id: bad, cmd: ["false"] }, { id: long, cmd: [tail, -f, /dev/null, --pid] }]\n',
    });
    manager = await TestManager.start(folder);
    await manager.until<{ status: string }>('/api/v1/runs/sweep@bad', ({ status }) => status === 'failed');
  }, patienceMs);
  afterAll(async () => {
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test.each(
    operationsOf(openApi)
      .filter(({ id }) => !endsTheTest.has(id))
      .map((operation) => [operation.id, operation] as const),
  )('%s answers in time, never by a mistake of its own, and in the form that it promises', async (_id, operation) => {
    await new OperationFuzz(openApi, (request) => plainRequest(manager, request)).run(operation, known);
  });

  test('the manager still lives, has made no mistake, and schedules', async () => {
    expect(manager.process.exitCode).toBeNull();
    expect(folder.read('logs/juqueue.log')).not.toMatch(/failed: .*stack|"stack"/);
    const body = JSON.stringify({ selector: { q: 'sweep@done' } });
    expect((await manager.request('/api/v1/clusters/local:release', { method: 'POST', body: '{}' })).status).toBe(200);
    const before = await manager.json<{ attempt: number }>('/api/v1/runs/sweep@done');
    await manager.request('/api/v1/runs:release', { method: 'POST', body });
    expect((await manager.request('/api/v1/runs:resume', { method: 'POST', body })).status).toBe(200);
    await manager.until<{ status: string; attempt: number }>(
      '/api/v1/runs/sweep@done',
      ({ status, attempt }) => status === 'finished' && attempt >= before.attempt,
    );
  });
});
