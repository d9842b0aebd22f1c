import { afterAll, expect, test, vi } from 'vitest';
import { aJob, goodResult, pull, TestHub } from './test-hub.ts';

// Each starts hubs and Redis as real processes, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000 });

/** For what is refused: nothing comes of it. */
const sharedHub = TestHub.start();
afterAll(async () => (await sharedHub)[Symbol.asyncDispose]());

test('a request is answered with the same job when it is repeated under its key, also after a restart, and refused with another body', async () => {
  await using hub = await TestHub.start();
  const first = await (await hub.asManager())('POST', '/jobs', aJob, { 'idempotency-key': 'k1' });
  expect(first.status).toBe(201);
  const [again, beside] = await Promise.all(
    [1, 2].map(async () => (await hub.asManager())('POST', '/jobs', aJob, { 'idempotency-key': 'k2' })),
  );
  expect([again?.status, beside?.status].sort()).toEqual([200, 201]);
  expect(again?.body['id']).toBe(beside?.body['id']);
  await hub.stop();
  await hub.start();
  const manager = await hub.asManager();
  expect(await manager('POST', '/jobs', aJob, { 'idempotency-key': 'k1' })).toMatchObject({ status: 200, body: { id: first.body['id'] } });
  expect(await manager('POST', '/jobs', { ...aJob, priority: 1 }, { 'idempotency-key': 'k1' })).toMatchObject({
    status: 422,
    body: { code: 'JQ_KEY_REUSED' },
  });
  const ada = await hub.person('ada', 'editor');
  expect(await ada('POST', '/jobs', aJob, { 'idempotency-key': 'k1' })).toMatchObject({ status: 201 });
});

test('with dedupe the same content is the same job of that person, while it is open and once it has finished', async () => {
  await using hub = await TestHub.start();
  const [ada, bob, agent] = [await hub.person('ada', 'editor'), await hub.person('bob', 'editor'), await hub.agent('juwels')];
  const body = { ...aJob, input: { b: 1, a: [0, null] }, dedupe: 'content' };
  const first = await ada('POST', '/jobs', body);
  const id = String(first.body['id']);
  expect(await ada('POST', '/jobs', { ...body, name: 'other name', input: { a: [0, null], b: 1 } })).toMatchObject({
    status: 200,
    body: { id },
  });
  expect(await ada('POST', '/jobs', { ...body, input: { a: [0, null], b: 0 } })).toMatchObject({ status: 201 });
  expect((await bob('POST', '/jobs', body)).body['id']).not.toBe(id);
  await pull(agent);
  await agent('POST', `/jobs/${id}/attempts/1/claim`);
  await agent('POST', `/jobs/${id}/attempts/1/complete`, goodResult());
  expect(await ada('POST', '/jobs', body)).toMatchObject({
    status: 200,
    body: { id, status: 'finished', result: { output: { answer: 42 } } },
  });
  expect(await ada('POST', '/jobs', { ...body, dedupe: undefined })).toMatchObject({ status: 201, body: { status: 'queued' } });
});

test('a job that failed or was cancelled is no answer to the same content: it is executed again', async () => {
  await using hub = await TestHub.start();
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  const body = { ...aJob, dedupe: 'content' };
  const id = String((await ada('POST', '/jobs', body)).body['id']);
  await pull(agent);
  await agent('POST', `/jobs/${id}/attempts/1/claim`);
  await agent('POST', `/jobs/${id}/attempts/1/complete`, goodResult({ outcome: 'failed', exitCode: 3 }));
  const second = await ada('POST', '/jobs', body);
  expect(second.status).toBe(201);
  await ada('POST', `/jobs/${String(second.body['id'])}/cancel`);
  expect(await ada('POST', '/jobs', body)).toMatchObject({ status: 201 });
});

test('the newest job of a group replaces the others of its owner and queue: what waits is cancelled, what runs is asked to end', async () => {
  await using hub = await TestHub.start();
  const [ada, bob, agent] = [await hub.person('ada', 'editor'), await hub.person('bob', 'editor'), await hub.agent('juwels')];
  const body = { ...aJob, supersedes: 'preview' };
  const running = String((await ada('POST', '/jobs', body)).body['id']);
  await pull(agent);
  await agent('POST', `/jobs/${running}/attempts/1/claim`);
  const waiting = String((await ada('POST', '/jobs', { ...body, profile: undefined, image: 'x' })).body['id']);
  const [ofBob, elsewhere] = [
    String((await bob('POST', '/jobs', body)).body['id']),
    String((await ada('POST', '/jobs', { ...body, queue: 'other' })).body['id']),
  ];
  const newest = String((await ada('POST', '/jobs', body)).body['id']);
  expect(await ada('GET', `/jobs/${waiting}`)).toMatchObject({ body: { status: 'cancelled', reason: 'superseded' } });
  expect(await ada('GET', `/jobs/${running}`)).toMatchObject({ body: { status: 'claimed', cancelRequested: { reason: 'superseded' } } });
  await agent(
    'POST',
    `/jobs/${running}/attempts/1/complete`,
    goodResult({ outcome: 'cancelled', reason: 'user-cancelled', exitCode: null, signal: 'SIGTERM' }),
  );
  expect(await ada('GET', `/jobs/${running}`)).toMatchObject({ body: { status: 'cancelled', reason: 'superseded' } });
  const history = await ada('GET', `/jobs/${running}/history`);
  expect(history.body['events']).toMatchObject([
    { kind: 'created' },
    { kind: 'launched' },
    { kind: 'claimed' },
    { kind: 'cancel-requested', actor: 'user:ada', reason: 'superseded' },
    { kind: 'completed', actor: 'agent:juwels', reason: 'superseded' },
  ]);
  expect((await ada('GET', `/jobs/${waiting}/history`)).body['events']).toMatchObject([
    { kind: 'created' },
    { kind: 'launched' },
    { kind: 'cancelled', actor: 'user:ada', reason: 'superseded' },
  ]);
  for (const [ask, id] of [
    [bob, ofBob],
    [ada, elsewhere],
    [ada, newest],
  ] as const)
    expect(await ask('GET', `/jobs/${id}`)).toMatchObject({ body: { status: 'queued' } });
});

test('a job may be created first and launched later; launching again changes nothing', async () => {
  await using hub = await TestHub.start();
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  const created = await ada('POST', '/jobs?launch=false', aJob);
  expect(created).toMatchObject({ status: 201, body: { status: 'created', launchedAtMs: null } });
  const id = String(created.body['id']);
  expect(await pull(agent, 200)).toEqual([]);
  expect(await ada('POST', `/jobs/${id}/launch`)).toMatchObject({ status: 200, body: { status: 'queued' } });
  expect(await ada('POST', `/jobs/${id}/launch`)).toMatchObject({ status: 200, body: { status: 'queued' } });
  expect(await pull(agent)).toMatchObject([{ kind: 'offer', job: id }]);
});

test('a job is copied, also into another queue, and lists are read page by page, newest first', async () => {
  await using hub = await TestHub.start();
  const [ada, manager] = [await hub.person('ada', 'editor'), await hub.asManager()];
  const ids: string[] = [];
  for (let i = 0; i < 5; i += 1) ids.unshift(String((await ada('POST', '/jobs', { ...aJob, name: `j${i}` })).body['id']));
  const copy = await ada('POST', `/jobs/${ids[0]}/copy`, { queue: 'night' });
  expect(copy).toMatchObject({ status: 201, body: { order: { queue: 'night', name: 'j4' }, owner: 'ada' } });
  const first = await ada('GET', '/jobs?limit=2&queue=default');
  const second = await ada('GET', `/jobs?limit=3&queue=default&cursor=${String(first.body['nextCursor'])}`);
  const idsOf = (answer: typeof first): readonly string[] => ((answer.body['jobs'] ?? []) as readonly { id: string }[]).map(({ id }) => id);
  expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
  expect(second.body['nextCursor']).toBeNull();
  expect(idsOf(await manager('GET', '/jobs?owner=ada'))).toHaveLength(6);
  expect(idsOf(await manager('GET', '/jobs?owner=bob'))).toEqual([]);
  expect(idsOf(await ada('GET', '/jobs?status=finished&status=failed'))).toEqual([]);
  expect(await ada('GET', '/jobs?cursor=x')).toMatchObject({ status: 400, body: { code: 'JQ_BAD_CURSOR' } });
});

test.each([
  [{}, 'JQ_BAD_REQUEST', 'body lacks command: only a profile has one of its own.'],
  [{ ...aJob, profile: 'x' }, 'JQ_BAD_REQUEST', "body.profile is 'x', expected processor/profile."],
  [{ ...aJob, profile: 'text:embed/gpu', image: 'y' }, 'JQ_BAD_REQUEST', 'body has profile'],
  [{ ...aJob, prio: 1 }, 'JQ_BAD_REQUEST', "body has an unknown key 'prio'."],
  [{ ...aJob, priority: 1001 }, 'JQ_BAD_REQUEST', 'body.priority must be <= 1000.'],
  [{ ...aJob, queue: '../x' }, 'JQ_BAD_REQUEST', 'body.queue must match pattern'],
  [{ ...aJob, env: { 'A B': '1' } }, 'JQ_BAD_REQUEST', 'body.env'],
  [
    { ...aJob, files: [{ kind: 'inline', path: 'a/../../b', contentBase64: '', mode: 420 }] },
    'JQ_BAD_REQUEST',
    "body.files.0.path is 'a/../../b'",
  ],
  [
    { ...aJob, files: [{ kind: 'inline', path: '/etc/x', contentBase64: '', mode: 420 }] },
    'JQ_BAD_REQUEST',
    "body.files.0.path is '/etc/x'",
  ],
  [
    { ...aJob, files: [{ kind: 'inline', path: 'a', contentBase64: '%%', mode: 420 }] },
    'JQ_BAD_REQUEST',
    'body.files.0.contentBase64 is not base64.',
  ],
  [
    { ...aJob, files: [{ kind: 'inline', path: 'a', contentBase64: Buffer.alloc(65_537).toString('base64'), mode: 420 }] },
    'JQ_TOO_LARGE',
    'body.files.0 has 65537 bytes',
  ],
  [
    { ...aJob, files: [1, 2].map(() => ({ kind: 'inline', path: 'a', contentBase64: '', mode: 420 })) },
    'JQ_BAD_REQUEST',
    'body.files has a twice.',
  ],
  [
    { ...aJob, callbacks: [{ on: ['finished'], url: 'https://example.org/x', payload: null }] },
    'JQ_CALLBACK_REFUSED',
    'body.callbacks.0.url: its host example.org is not one of',
  ],
] as const)('what is no job is refused with its place: case %$', async (body, code, detail) => {
  const answer = await (await (await sharedHub).asManager())('POST', '/jobs', body);
  expect(answer.body).toMatchObject({ code, detail: expect.stringContaining(detail) });
});

test('viewers submit nothing, strangers see nothing, and nobody without a key passes', async () => {
  await using hub = await TestHub.start();
  const viewer = await hub.person('vic', 'viewer');
  const id = String((await (await hub.asManager())('POST', '/jobs', aJob)).body['id']);
  expect(await viewer('POST', '/jobs', aJob)).toMatchObject({ status: 403, body: { code: 'JQ_FORBIDDEN' } });
  for (const [method, path] of [
    ['GET', ''],
    ['POST', '/cancel'],
    ['POST', '/launch'],
    ['POST', '/retry'],
    ['DELETE', ''],
    ['GET', '/history'],
    ['GET', '/result'],
    ['GET', '/logs'],
    ['GET', '/webhooks'],
  ] as const) {
    const ada = await hub.person(`ada${path.slice(1)}${method}`, 'editor');
    expect(await ada(method, `/jobs/${id}${path}`), path).toMatchObject({ status: 404, body: { code: 'JQ_JOB_NOT_FOUND' } });
  }
  for (const path of ['/api/v1/jobs', '/api/v1/events', '/api/v1/overview', '/metrics', '/agent/v1/leases/renew']) {
    expect((await fetch(`${hub.url}${path}`, { method: path.startsWith('/agent') ? 'POST' : 'GET' })).status, path).toBe(401);
  }
  for (const path of ['/healthz', '/docs', '/openapi.json', '/docs/docs.js'])
    expect((await fetch(`${hub.url}${path}`)).status, path).toBe(200);
});

test('a closed switch refuses jobs and copies, and lets results in', async () => {
  await using hub = await TestHub.start();
  const [manager, agent] = [await hub.asManager(), await hub.agent('juwels')];
  const id = String((await manager('POST', '/jobs', aJob)).body['id']);
  await pull(agent);
  await agent('POST', `/jobs/${id}/attempts/1/claim`);
  await manager('PUT', '/switch', { isClosed: true, reason: 'maintenance' });
  expect(await manager('POST', '/jobs', aJob)).toMatchObject({ status: 503, body: { code: 'JQ_SWITCHED_OFF' } });
  expect(await manager('POST', `/jobs/${id}/copy`, {})).toMatchObject({ status: 503, body: { code: 'JQ_SWITCHED_OFF' } });
  expect(await agent('POST', `/jobs/${id}/attempts/1/complete`, goodResult())).toMatchObject({ status: 200 });
});

test('a created job that waits for its launch is not offered while the switch is closed, and is when it opens', async () => {
  await using hub = await TestHub.start();
  const [manager, agent] = [await hub.asManager(), await hub.agent('juwels')];
  const id = String((await manager('POST', '/jobs?launch=false', aJob)).body['id']);
  await manager('PUT', '/switch', { isClosed: true, reason: 'maintenance' });
  await manager('POST', `/jobs/${id}/launch`);
  expect(await pull(agent, 500)).toEqual([]);
  await manager('PUT', '/switch', { isClosed: false });
  expect(await pull(agent)).toMatchObject([{ job: id }]);
});
