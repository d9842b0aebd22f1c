import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aJob, pull, TestHub } from '../../packages/hub/test/test-hub.ts';
import { OperationFuzz } from './fuzz-operation.ts';
import { openApiOf, operationsOf } from './openapi-arbitraries.ts';
import type { Request } from './openapi-arbitraries.ts';
import { plainRequest } from './plain-request.ts';
import type { PlainAnswer } from './plain-request.ts';

const patienceMs = 120_000;
/** These do what they say, and then nobody may ask; streams do not end. */
const endsTheTest = new Set([
  'PUT /api/v1/switch',
  'PATCH /api/v1/users/{name}',
  'GET /api/v1/events/stream',
  'GET /api/v1/jobs/{id}/logs/stream',
]);
const openApi = openApiOf('hub');

describe('whatever people ask a hub by its own document', { timeout: patienceMs, retry: 0 }, () => {
  let hub: TestHub;
  let key: string;
  let known: readonly string[];

  const ask = (request: Request): Promise<PlainAnswer> => plainRequest({ url: hub.url, token: key }, request);

  beforeAll(async () => {
    hub = await TestHub.start({ times: { longestWaitMs: 200 } });
    key = await hub.managerKey();
    const manager = await hub.asManager();
    const agent = await hub.agent('juwels');
    const jobs: string[] = [];
    for (let i = 0; i < 3; i += 1) jobs.push(String((await manager('POST', '/jobs', aJob)).body['id']));
    for (const { job } of (await pull(agent)).slice(0, 2)) await agent('POST', `/jobs/${job}/attempts/1/claim`);
    const artifact = String((await manager('POST', '/artifacts', {})).body['id']);
    const upload = String((await manager('POST', '/uploads', {})).body['id']);
    known = [...jobs, artifact, upload, 'manager', 'ada', 'default', '1', 'stdout', 'host', 'f'];
  }, patienceMs);
  afterAll(() => hub[Symbol.asyncDispose]());

  test.each(
    operationsOf(openApi)
      .filter(({ id, path }) => !endsTheTest.has(id) && !path.startsWith('/agent/'))
      .map((operation) => [operation.id, operation] as const),
  )('%s answers in time, never by a mistake of its own, and in the form that it promises', async (_id, operation) => {
    await new OperationFuzz(openApi, ask).run(operation, known);
  });

  test('the hub still lives, and executes jobs', async () => {
    expect((await fetch(`${hub.url}/healthz`)).status).toBe(200);
    expect((await ask({ method: 'POST', url: '/api/v1/jobs', body: JSON.stringify(aJob) })).status).toBe(201);
  });
});
