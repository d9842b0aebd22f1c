import { expect, test } from 'vitest';
import { unquoted } from '../src/adapters/hpc-queue/messages.ts';
import { goodResult, pull, TestHub } from './test-hub.ts';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

/** Keys of two people, and requests as its producer's and its consumer's clients make them. */
async function hpcQueue(hub: TestHub) {
  const ada = await hub.person('ada', 'editor');
  const key = async (): Promise<string> => String((await ada('POST', '/keys', {})).body['key']);
  const [laptop, secondLaptop, node] = [await key(), await key(), await key()];
  const send = async (method: string, path: string, headers: Readonly<Record<string, string>>, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${hub.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Record<string, unknown>,
    };
  };
  const json = { 'content-type': 'application/json' };
  const produce = (method: string, path: string, body?: unknown, apiKey: string | null = laptop) =>
    send(method, path, apiKey === null ? json : { ...json, 'x-api-key': apiKey }, body);
  const queue = (bearer: string, name: string, path: string, body: unknown) =>
    send('POST', `/client/v4/accounts/any/queues/${name}/messages${path}`, { ...json, authorization: `Bearer ${bearer}` }, body);
  const pullFrom = async (
    bearer: string,
    name: string,
    most = 100,
  ): Promise<readonly { lease_id: string; body: string; attempts: number }[]> => {
    const { body } = await queue(bearer, name, '/pull', { batch_size: most, visibility_timeout_ms: 120_000 });
    return (body['result'] as { messages: { lease_id: string; body: string; attempts: number }[] }).messages;
  };
  return { ada, produce, queue, pullFrom, laptop, secondLaptop, node };
}

const limits = { timeout: 60_000 };

test('its producer: each route with its key, its answers and its errors', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['hpc-queue'] });
  const { produce, ada } = await hpcQueue(hub);
  expect(await produce('GET', '/health')).toMatchObject({ status: 200, body: { ok: true, service: 'hpc-queue-producer' } });
  for (const [method, path] of [
    ['GET', '/health'],
    ['POST', '/jobs'],
    ['POST', '/grab/presign'],
  ] as const)
    expect(await produce(method, path, method === 'POST' ? {} : undefined, null)).toMatchObject({
      status: 401,
      body: { error: 'unauthorized' },
    });
  expect(await produce('POST', '/jobs', { task: 'simulate' }, 'wrong')).toMatchObject({ status: 401, body: { error: 'unauthorized' } });
  expect(await produce('POST', '/jobs', '{no json')).toEqual(expect.objectContaining({ status: 400, body: { error: 'invalid_json' } }));
  expect(await produce('POST', '/jobs', {})).toEqual(expect.objectContaining({ status: 400, body: { error: 'task is required' } }));
  const submitted = await produce('POST', '/jobs', { task: 'simulate', input: { n: 3 }, metadata: { from: 'me' } });
  expect(submitted).toMatchObject({ status: 202, body: { status: 'queued', queue: 'hpc-jobs' } });
  const id = String(submitted.body['job_id']);
  expect(await ada('GET', `/jobs/${id}`)).toMatchObject({
    body: {
      order: { queue: 'hpc-jobs' },
      definition: { profile: 'hpc-queue/simulate', command: null, input: { job_id: id, input: { n: 3 } } },
    },
  });
  const escaping = [
    { path: '../x', content_b64: 'eA==' },
    { path: '/etc/x', content_b64: 'eA==' },
  ];
  for (const file of escaping)
    expect(await produce('POST', '/jobs', { input: { command: 'true', local_files: [file] } })).toMatchObject({ status: 400 });
  await (
    await hub.asManager()
  )('PUT', '/switch', { isClosed: true });
  expect(await produce('POST', '/jobs', { task: 'simulate' })).toMatchObject({ status: 503 });
});

test(
  'our agent takes the place of its consumer: a command in a container, files with their mode, the result for every laptop',
  limits,
  async () => {
    await using hub = await TestHub.start({ adapters: ['hpc-queue'] });
    const { produce, pullFrom, queue, laptop, secondLaptop } = await hpcQueue(hub);
    const agent = await hub.agent('juwels', ['hpc-queue/shell']);
    const file = { path: 'files/run.py', content_b64: Buffer.from('print(1)').toString('base64'), mode: '755' };
    const id = String(
      (await produce('POST', '/jobs', { input: { command: 'python /work/files/run.py', exec_mode: 'container', local_files: [file] } }))
        .body['job_id'],
    );
    await pull(agent);
    const { body } = await agent('POST', `/jobs/${id}/attempts/1/claim`);
    expect(body['job']).toMatchObject({
      definition: { command: { argv: ['/bin/bash', '-lc', 'python /work/files/run.py'] }, files: [{ path: 'files/run.py', mode: 0o755 }] },
    });
    await agent(
      'POST',
      `/jobs/${id}/attempts/1/complete`,
      goodResult({ outcome: 'failed', exitCode: 3, stdoutTail: 'out', stderrTail: 'err' }),
    );
    for (const reader of [laptop, secondLaptop]) {
      const [message] = await pullFrom(reader, 'hpc-results');
      expect(JSON.parse(message?.body ?? '')).toMatchObject({
        job_id: id,
        status: 'failed',
        event_type: 'completed',
        exit_code: 3,
        stdout_tail: 'out',
        stderr_tail: 'err',
        command: 'python /work/files/run.py',
        exec_mode: 'container',
        attempts: 1,
      });
      expect(await pullFrom(reader, 'hpc-results')).toEqual([]);
      expect(await queue(reader, 'hpc-results', '/ack', { acks: [{ lease_id: message?.lease_id }], retries: [] })).toMatchObject({
        status: 200,
        body: { success: true },
      });
      expect(await pullFrom(reader, 'hpc-results')).toEqual([]);
    }
  },
);

test('who executes is told to every reader, now and then: a consumer that says so, and our agent without having to', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['hpc-queue'] });
  const { pullFrom, queue, node, laptop, secondLaptop } = await hpcQueue(hub);
  await hub.agent('juwels', ['hpc-queue/shell']);
  await hub.agent('other', ['image'], []);
  const said = {
    event_type: 'heartbeat',
    status: 'alive',
    source: 'hpc-consumer',
    hostname: 'n1',
    pid: 7,
    timestamp: '2026-01-01T00:00:00Z',
  };
  await queue(node, 'hpc-results', '', { body: said });
  for (const reader of [laptop, secondLaptop]) {
    const messages = await pullFrom(reader, 'hpc-results');
    expect(messages.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      {
        event_type: 'heartbeat',
        status: 'alive',
        source: 'agent:juwels',
        hostname: 'juwels.example.org',
        pid: 0,
        timestamp: expect.any(String),
      },
      said,
    ]);
    expect(await queue(reader, 'hpc-results', '/ack', { acks: messages.map(({ lease_id }) => ({ lease_id })), retries: [] })).toMatchObject(
      { status: 200 },
    );
    expect(await pullFrom(reader, 'hpc-results')).toEqual([]);
  }
});

test('what its queues cannot do is refused as theirs do', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['hpc-queue'] });
  const { queue, produce, node, laptop, ada, pullFrom } = await hpcQueue(hub);
  const refused = (message: string) => ({
    success: false,
    errors: [{ code: expect.any(Number), message: expect.stringContaining(message) }],
    messages: [],
    result: null,
  });
  for (const path of ['', '/pull', '/ack'])
    expect(await queue('wrong', 'hpc-jobs', path, {}), path).toMatchObject({ status: 401, body: { success: false } });
  expect(await queue(node, 'another', '/pull', {})).toMatchObject({ status: 404, body: refused('There is no queue another') });
  expect(await queue(node, 'hpc-jobs', '', { body: {} })).toMatchObject({ status: 400, body: refused('submitted by POST /jobs') });
  expect(await queue(node, 'hpc-results', '', { body: { job_id: 'none', status: 'completed' } })).toMatchObject({ status: 404 });
  // The first version named the time otherwise, and asks for batches of five.
  const id = String((await produce('POST', '/jobs', { task: 'simulate', input: { command: 'true' } })).body['job_id']);
  const first = await queue(node, 'hpc-jobs', '/pull', { batch_size: 5, visibility_timeout: 1_000 });
  expect(first).toMatchObject({ status: 200, body: { success: true, result: { messages: [{ content_type: 'json', attempts: 1 }] } } });
  const [{ lease_id: lease }] = (first.body['result'] as { messages: [{ lease_id: string }] }).messages;
  await queue(node, 'hpc-jobs', '/ack', { acks: [], retries: [{ lease_id: lease, delay_seconds: 30 }] });
  expect((await ada('GET', `/jobs/${id}`)).body).toMatchObject({ status: 'queued', attempts: 1 });
  expect(await pullFrom(node, 'hpc-jobs')).toEqual([]);
  expect(await queue(node, 'hpc-jobs', '/ack', { acks: [{ lease_id: 'nonsense' }] })).toMatchObject({ status: 200 });
  for (const [method, path] of [
    ['POST', '/grab/upload'],
    ['GET', '/grab/download'],
    ['POST', '/grab/delete'],
  ] as const) {
    expect(await produce(method, path, method === 'POST' ? {} : undefined, null), path).toMatchObject({
      status: 401,
      body: { error: 'unauthorized' },
    });
    expect(await produce(method, path, method === 'POST' ? {} : undefined, laptop), path).toMatchObject({
      status: 400,
      body: { error: 'invalid_object_key' },
    });
  }
});

test('results that were not acknowledged come again, those behind a full page are not passed over', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['hpc-queue'] });
  const { produce, pullFrom, queue, laptop, ada } = await hpcQueue(hub);
  const ids: string[] = [];
  for (let index = 0; index < 5; index++) {
    const id = String((await produce('POST', '/jobs', { task: 'simulate' })).body['job_id']);
    await ada('POST', `/jobs/${id}/cancel`);
    ids.push(id);
  }
  const [first, second] = await pullFrom(laptop, 'hpc-results', 2);
  await queue(laptop, 'hpc-results', '/ack', { acks: [{ lease_id: second?.lease_id }], retries: [{ lease_id: first?.lease_id }] });
  const rest = await pullFrom(laptop, 'hpc-results');
  expect(rest.map(({ body }) => (JSON.parse(body) as { job_id: string }).job_id)).toEqual([ids[0], ids[2], ids[3], ids[4]]);
});

test(
  'its consumer: messages in base64, results told and acknowledged, a retry is another attempt, acknowledging without a result loses nothing',
  limits,
  async () => {
    await using hub = await TestHub.start({ adapters: ['hpc-queue'], times: { leaseMs: 1_500, fenceMs: 0, watchMs: 200 } });
    const { produce, pullFrom, queue, node, ada } = await hpcQueue(hub);
    const submit = async () =>
      String((await produce('POST', '/jobs', { input: { command: 'sleep 300', exec_mode: 'host' }, metadata: { m: 1 } })).body['job_id']);
    const [id, other] = [await submit(), await submit()];
    const [message, second] = await pullFrom(node, 'hpc-jobs', 2);
    expect(JSON.parse(Buffer.from(message?.body ?? '', 'base64').toString())).toEqual({
      job_id: id,
      input: { command: 'sleep 300', exec_mode: 'host' },
      created_at: expect.any(String),
      metadata: { m: 1 },
    });
    expect(message?.attempts).toBe(1);
    // Longer than the lease: it is not delivered again while its consumer is heard.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await pullFrom(node, 'hpc-jobs')).toEqual([]);
    expect((await ada('GET', `/jobs/${id}`)).body).toMatchObject({ status: 'running', attempts: 1 });
    const event = {
      job_id: id,
      status: 'completed',
      result_pointer: '/scratch/results/x',
      event_type: 'completed',
      exit_code: 0,
      stdout_tail: 'hello',
    };
    for (let tells = 0; tells < 2; tells++)
      expect(await queue(node, 'hpc-results', '', { body: event })).toMatchObject({ status: 200, body: { success: true } });
    expect(await queue(node, 'hpc-results', '', { body: { event_type: 'heartbeat', status: 'alive', hostname: 'n1' } })).toMatchObject({
      status: 200,
    });
    await queue(node, 'hpc-jobs', '/ack', { acks: [{ lease_id: message?.lease_id }], retries: [] });
    expect((await ada('GET', `/jobs/${id}`)).body).toMatchObject({
      status: 'finished',
      result: { exitCode: 0, stdoutTail: 'hello', place: { run: '/scratch/results/x' } },
    });
    await queue(node, 'hpc-jobs', '/ack', { acks: [{ lease_id: second?.lease_id }], retries: [] });
    expect((await ada('GET', `/jobs/${other}`)).body).toMatchObject({ status: 'queued', attempts: 1 });
  },
);

test('a file is grabbed by addresses for one object, or with the key', limits, async () => {
  await using hub = await TestHub.start({ adapters: ['hpc-queue'] });
  const { produce } = await hpcQueue(hub);
  expect(await produce('POST', '/grab/presign', {})).toMatchObject({ status: 400, body: { error: 'object_key_required' } });
  for (const key of ['../x', 'a/../b', '/a', 'a\u0000'])
    expect(await produce('POST', '/grab/presign', { object_key: key })).toMatchObject({
      status: 400,
      body: { error: 'invalid_object_key' },
    });
  const presigned = await produce('POST', '/grab/presign', { object_key: 'grabs/a b.tar', expires_seconds: 5 });
  expect(presigned).toMatchObject({ status: 200, body: { object_key: 'grabs/a b.tar', expires_seconds: 60 } });
  const { put, get, delete: remove } = presigned.body['urls'] as { put: string; get: string; delete: string };
  expect((await fetch(put, { method: 'PUT', body: 'the bytes' })).status).toBe(200);
  expect(await (await fetch(get)).text()).toBe('the bytes');
  expect((await fetch(get, { method: 'DELETE' })).status).toBe(401);
  expect((await fetch(get.replace('a%20b', 'other'))).status).toBe(401);
  expect((await fetch(remove, { method: 'DELETE' })).status).toBe(204);
  expect((await fetch(get)).status).toBe(404);
  expect(await produce('POST', '/grab/upload?object_key=x', '{"json":1}')).toMatchObject({
    status: 200,
    body: { ok: true, object_key: 'x' },
  });
  expect(await produce('GET', '/grab/download?object_key=x')).toMatchObject({ status: 200, body: { json: 1 } });
  expect(await produce('POST', '/grab/delete?object_key=x')).toMatchObject({ status: 200 });
  expect(await produce('GET', '/grab/download?object_key=x')).toMatchObject({ status: 404, body: { error: 'not_found' } });
});

test('one quoted argument is the command that was meant, several are words as before', () => {
  expect(unquoted("'ls -lah /x'")).toBe('ls -lah /x');
  expect(unquoted(`'echo '"'"'a b'"'"''`)).toBe("echo 'a b'");
  expect(unquoted("bash -lc 'ls -lah'")).toBe("bash -lc 'ls -lah'");
  expect(unquoted("'ls'")).toBe("'ls'");
});

test('without --adapter the hub has none of these routes', limits, async () => {
  await using hub = await TestHub.start();
  const headers = { authorization: `Bearer ${await hub.managerKey()}` };
  expect((await fetch(`${hub.url}/health`, { headers })).status).toBe(404);
  expect((await fetch(`${hub.url}/jobs`, { method: 'POST', headers })).status).toBe(404);
});
